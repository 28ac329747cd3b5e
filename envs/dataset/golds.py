"""From the column that holds the answer to the gold: one small reader per way of writing it.

A reader raises `ValueError` with the reason where a row states no single answer.
"""

from __future__ import annotations

import re
from fractions import Fraction

from ..task import closing
from ..verify import extract, gold_text, verify, without_grouping
from ..verify.answer.formats import BOX, boxes

_BARE_BOX = re.compile(r"\\boxed\s+([^\s{}$\\]+)")
_CALCULATION = re.compile(r"<<[^<>]*>>")
_NOUN = re.compile(r"(-?\d[\d,.]*(?:/\d+)?)\s+\([^()]*[A-Za-z][^()]*\)")
_JOINS = re.compile(r"[\s$,;]*(?:\\text\s*\{)?\s*(?:and|or)?\s*\}?[\s$]*(?:[A-Za-z]\w*\s*=\s*)?")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_BRACKETS = {"(": ")", "[": "]"}


def plain(text: str) -> str:
    r"""Return the last `\boxed{}` of `text`, or without one `text` itself, stripped."""
    return last_boxed(text) if BOX.search(text) else gold_text(text)


def before_noun(text: str) -> str:
    """Return a number without the noun that ASDiv puts behind it.

    >>> before_noun("9 (red apples)"), before_noun("Mrs. Hilt")
    ('9', 'Mrs. Hilt')
    """
    found = _NOUN.fullmatch(text.strip())
    return found[1] if found else plain(text)


def unrounded(text: str) -> str:
    """Return the fraction whose rounded decimal `text` is; a decimal of a few places as it is.

    That places of a decimal agree with a fraction by chance has odds of its squared denominator to
    a power of ten; one in a thousand is allowed.

    >>> unrounded("5.6666666667"), unrounded("3.33"), unrounded("0.125")
    ('17/3', '3.33', '0.125')
    """
    gold = plain(text)
    places = len(gold.rpartition(".")[2]) if _DECIMAL.fullmatch(gold) else 0
    largest = int((10**places / 1000) ** 0.5)
    if largest < 3:
        return gold
    near = Fraction(gold).limit_denominator(largest)
    ends = 10**places % near.denominator == 0  # it needs no rounding
    return gold if ends or round(near, places) != Fraction(gold) else str(near)


def after_hashes(text: str) -> str:
    """Return what follows the last `####`.

    >>> after_hashes("48/2 = <<48/2=24>>24 clips in May. #### 24")
    '24'
    """
    _, mark, answer = text.rpartition("####")
    if not mark:
        raise ValueError("there is no '####' before an answer")
    return plain(answer)


def last_boxed(text: str) -> str:
    r"""Return the content of the last `\boxed{}`.

    Several in one sentence are one answer where they are equal, and a list where nothing but a
    comma, a word that joins or a name stands between them; anything else is an error.

    >>> last_boxed(r"So $x = \boxed{\frac{1}{2}}$.")
    '\\frac{1}{2}'
    >>> last_boxed(r"So $x = \boxed{2}$ or $x = \boxed{-3}$.")
    '2, -3'
    """
    found = extract(text)
    if rivals := [rival for rival in found.rivals if not _equal(found.text, rival)]:
        return _list_of_boxes(text, {found.text, *found.rivals}) or _several(found.text, rivals[0])
    if found.problem or not found.text:
        if (spans := boxes(text)) and (only := text[spans[-1].inner : spans[-1].end].strip()):
            return only  # the words around it seem to deny it, as `7!=` does, and no other is there
        bare = _BARE_BOX.findall(text)
        if not bare:
            raise ValueError(r"there is no \boxed{} around an answer")
        return str(bare[-1]).rstrip(".,")
    return found.text


def _equal(first: str, second: str) -> bool:
    return verify(first, rf"\boxed{{{second}}}").correct


def _several(last: str, other: str) -> str:
    raise ValueError(rf"more than one answer is boxed: {last}, {other}")


def _list_of_boxes(text: str, wanted: set[str]) -> str:
    """Return the last boxes as a list, in the brackets they stand in; "" if others are between."""
    spans = boxes(text)
    first = len(spans) - 1
    while first > 0 and _JOINS.fullmatch(text[spans[first - 1].after : spans[first].start]):
        first -= 1
    answers = [text[span.inner : span.end].strip() for span in spans[first:]]
    if not wanted <= set(answers):
        return ""
    listed = gold_text([without_grouping(answer) for answer in answers])
    opening = text[: spans[first].start].rstrip(" $")[-1:]
    closing_one = _BRACKETS.get(opening, "")
    bracketed = closing_one and text[spans[-1].after :].lstrip(" $").startswith(closing_one)
    return f"{opening}{listed}{closing_one}" if bracketed else listed


def spoken(text: str) -> str:
    r"""Return a GSM8K solution without its calculator marks and with the answer in a box.

    >>> spoken("48/2 = <<48/2=24>>24 clips in May.\n#### 24")
    '48/2 = 24 clips in May.\nSo the answer is \\boxed{24}.'
    """
    steps, mark, answer = _CALCULATION.sub("", text).rpartition("####")
    return steps + closing(answer.strip()) if mark else text


def level(text: str) -> float | str:
    """Return the number at the end of `Level 3`; what stands there if it is no number."""
    last = text.rpartition(" ")[2]
    return float(last) if last.isdecimal() else last
