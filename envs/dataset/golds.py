"""From the column that holds the answer to the gold: one small reader per way of writing it.

A reader raises `ValueError` with the reason where a row states no single answer.
"""

from __future__ import annotations

import re

from ..task import closing
from ..verify import extract

_BARE_BOX = re.compile(r"\\boxed\s+([^\s{}$\\]+)")
_CALCULATION = re.compile(r"<<[^<>]*>>")


def plain(text: str) -> str:
    """Return `text` as it is, without the spaces around it."""
    if not text.strip():
        raise ValueError("the answer is empty")
    return text.strip()


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
    r"""Return the content of the last `\boxed{}`; two different ones in one sentence are an error.

    >>> last_boxed(r"So $x = \boxed{\frac{1}{2}}$.")
    '\\frac{1}{2}'
    """
    found = extract(text)
    if found.rivals:
        raise ValueError(rf"more than one answer is boxed: {found.text}, {found.rivals[0]}")
    if found.problem or not found.text:
        bare = _BARE_BOX.findall(text)
        if not bare:
            raise ValueError(r"there is no \boxed{} around an answer")
        return str(bare[-1]).rstrip(".,")
    return found.text


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
