r"""Words behind a number: a noun phrase, which is paid, or words that change its value.

`5\text{ watermelons}`, `9 years old`, `4 sacks per day`, `14 pieces of candy` say the number and
what it counts. `5 million`, `12 or more`, `5 squared`, `12 is wrong`, `5 ft 2 in` say something
else. So only words, units and hyphens are read, and none of the closed list below.
"""

from __future__ import annotations

import re

from .numbers import SCALES, SPELLED
from .tokens import TEXT, Tokens
from .units import unit_at

_NUMBERS = (
    "thirty forty fifty sixty seventy eighty ninety hundreds thousands millions billions trillions"
    " dozens gross grand lakh crore tens half halves quarter quarters percent percentage percents"
    " pct percentile permille basis bn mn mil mill tn kilo mega giga milli micro nano infinity"
    " infinite zero score square cube mille thou mln bln trn repeating recurring periodic div xor"
)
_OPERATIONS = (
    "squared cubed factorial choose plus minus divided multiplied subtracted"
    " added mod modulo exponent inverse reciprocal opposite negative conjugate"
    " double twice triple thrice quadruple fold doubled tripled halved over remainder pi log"
)
_BOUNDS = (
    "than least most exceed exceeds exceeding about approximately approx around roughly nearly"
    " almost under below above beyond up to until through between within ish"
)
_STATEMENTS = (
    "is are was were be isn isnt arent wasnt not no never none neither nor cannot cant can don"
    " doesn without unless if when where provided except excluding excluded wrong incorrect false"
    " invalid impossible extraneous rejected fails fail failed differ differs unequal unlike"
    " instead rather or and but versus vs then maybe perhaps possibly either hardly"
)
_CHANGING = {
    *f"{_NUMBERS} {_OPERATIONS} {_BOUNDS} {_STATEMENTS}".split(),
    *SPELLED,
    *SCALES,
}
_LINKS = (
    "of in on at by for a an the each per old total all more left different remaining with this"
    " that these those her his their its my our your from away every as"
)
_LINKING = set(_LINKS.split())
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_CHANGING_SIGNS = set("不非没無无未负正百千万亿兆半倍分成折以上下或和多少第点")
# Fractions and large numbers as words: 7 sixteenths, 3 quadrillion.
_SIZED = re.compile(
    r".*(?:teenth|ieth|elfth|eventh|ighth|inth|enth|urth|ifth|ixth|hird|undredth|ousandth|illion"
    r"|illionth|googol)s?"
)
_ABBREVIATION = re.compile(r"(?!MM)[A-Z]{2,4}s?")  # CDs, DVDs; 5 MM may be millions
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)


def names(tokens: Tokens) -> frozenset[str] | None:
    """Return what the words behind a number name; None if they are no noun phrase.

    Units stand under their canonical name, nouns in the singular, what follows `per` with a slash.
    """
    tokens = tuple(token for token in tokens if token != ".")  # sq. ft.
    found: set[str] = set()
    at, per = 0, ""
    while at < len(tokens):
        unit, width = unit_at(tokens, at)
        if per and unit.startswith("cent"):  # per cent
            return None
        if width and not (unit == "in" and _is_noun_at(tokens, at + 1)):
            found.add(per + unit)
            at, per = at + width, ""
            continue
        token = tokens[at]
        word = token[1:].lower() if token.startswith(TEXT) else ""
        if token == "/" or word == "per":
            per = "/"
        elif len(word) == 1 and tokens[at + 1 : at + 2] == ("-",) and _is_noun_at(tokens, at + 2):
            at += 1  # t-shirts
        elif token in {"(", ")", "-", "'"}:
            if token == "-" and not (_is_noun_at(tokens, at - 1) and _is_noun_at(tokens, at + 1)):
                return None
        elif not (_is_noun(word) or (_ABBREVIATION.fullmatch(token[1:]) and not _changes(word))):
            return None
        elif word not in _LINKING:
            found.add(per + _singular(word))
            per = ""
        at += 1
    balanced = tokens.count("(") == tokens.count(")")
    return frozenset(found) if balanced else None


def changes_meaning(word: str) -> bool:
    """Return whether a word of a name says that the value is another: `not x`, `x times y`."""
    word = word.lower().partition("'")[0]
    return _changes(word) or word == "times"


def _changes(word: str) -> bool:
    return word in _CHANGING or _SIZED.fullmatch(word) is not None


def _is_noun_at(tokens: Tokens, at: int) -> bool:
    word = tokens[at] if 0 <= at < len(tokens) else ""
    return word.startswith(TEXT) and _is_noun(word[1:].lower())


def _is_noun(word: str) -> bool:
    word = word.partition("'")[0]
    if word in _LINKING:
        return True
    if _CHINESE.fullmatch(word):
        return not _CHANGING_SIGNS & set(word)
    return len(word) > 2 and bool(_VOWEL.search(word)) and not _changes(word)


def _singular(word: str) -> str:
    """Return a rough singular: good enough to tell that `boxes` and `box` are one noun."""
    word = _IRREGULAR.get(word, word)
    for ending, replacement in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + replacement
    return word.removesuffix("s") if not word.endswith("ss") else word


_IRREGULAR = {
    "people": "person", "persons": "person", "children": "child", "men": "man", "women": "woman",
    "feet": "foot", "knives": "knife", "vertices": "vertex", "mice": "mouse", "geese": "goose",
    "leaves": "leaf", "loaves": "loaf", "shelves": "shelf", "wolves": "wolf", "wives": "wife",
    "buses": "bus", "classes": "class", "ways": "way", "watches": "watch",
}  # fmt: skip
