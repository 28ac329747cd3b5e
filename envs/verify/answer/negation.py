r"""A marked answer that the words around it take back: `not \boxed{5}`, `\boxed{7} is wrong`.

Only words next to the mark count: in "It is not hard to see that x = \boxed{5}" nothing is denied.
"""

from __future__ import annotations

import re

_NEAR = 80
"""Characters on either side that are looked at."""

_OPEN = r"[\s$*_(:,\[]*(?:\\[(\[])?\s*(?:\\text\{)?\s*"
_NAME = r"(?:(?:[a-zA-Z]|\\[a-z]+)\s*=\s*)?"
_BEFORE = re.compile(
    r"(?:\b(?:not|never|cannot|neither|nor|rather\s+than|instead\s+of"
    r"|wrong\s+answer(?:\s+is)?|incorrect\s+answer(?:\s+is)?)|n['\u2019]t"
    r"|\\neq?|\\not\s*=?|\u2260|\u4e0d\u662f|\u5e76\u975e|\\lnot|(?<=\s)!=)"
    r"(?:\s+(?:be|equal|equals|to|the|just|simply|answer|actually|necessarily|possibly))*"
    rf"{_OPEN}{_NAME}$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^[\s$*_)\]}]*(?:\\[)\]])?[\s$*_,]*"
    r"(?:(?:is|was|would\s+be|must\s+be|has\s+to\s+be|seems|looks)\s+(?:\w+ly\s+|also\s+)?"
    r"(?:wrong|incorrect|false|invalid|impossible|extraneous|mistaken|absurd|rejected"
    r"|not\s+(?:the\s+|a\s+|an\s+)?(?:correct|right|valid|answer|solution|possible|it|true|allowed))"
    r"|(?:is|was)n['\u2019]t\s+(?:the\s+|a\s+)?"
    r"(?:correct|right|valid|answer|solution|possible|it|true|allowed)"
    r"|(?:does|do|did|can|could|will)\s*(?:n['\u2019]t|not)\s+(?:work|be|satisfy|hold|fit|count)"
    r"|cannot\s+(?:be|work|hold)|\u662f\u9519|\u4e0d\u5bf9|\u9519\u8bef)",
    re.IGNORECASE,
)


def is_denied(text: str, start: int, after: int) -> bool:
    """Return whether the words next to the mark between `start` and `after` deny its answer."""
    before, behind = text[max(0, start - _NEAR) : start], text[after : after + _NEAR]
    return bool(_BEFORE.search(before) or _AFTER.match(behind))
