r"""Is `70,110` the number 70110 or the two answers 70 and 110? Decided from what the row says.

What decides, in this order: a group that no list would have (`1,024`: nobody writes 024), the
setting `commas` of the data set, and what the worked solution and the question say, if they agree:

    a number   the solution has it as 70110, 70{,}110 or 70\,110; the question asks how many
    a list     the solution has `70, 110` or `70 and 110`; the question asks for all solutions

A number is stored as `70110`, a list as `70, 110`.
"""

from __future__ import annotations

import re

NUMBERS, LISTS = "numbers", "lists"
CHOICES = ("", NUMBERS, LISTS)

_EITHER = re.compile(r"\$?(-?\d{1,3}(?:,\d{3})+)\$?")
_THIN = r"(?:\{,\}|,?\\[!,;: ]|~)?"  # what TeX writes between groups of digits
_BETWEEN = (
    r"[\s$]*(?:[,;]\s|[,;]?\s*(?:\\text\s*\{)?\s*(?:and|or)\b\s*\}?)"
    r"[\s$]*(?:[A-Za-z]\w*\s*=\s*)?"
)
_ONE = re.compile(
    r"\b(?:how (?:many|much)|(?:number|sum|product|total|area|volume|cost|population) of)\b"
    r".*?(?=[,;]|\band\b|$)",
    re.I | re.S,
)
_SENTENCE = re.compile(r".+?(?:[.?!](?=\s|$)|$)", re.S)
_ASKS = re.compile(
    r"\?$|\b(?:find|determine|compute|calculate|list|give|state|enter|name|identify|solve)\b", re.I
)
_SEVERAL = re.compile(
    r"\b(?:find|determine|list|give|state|enter|name|identify) (?:all|both|each|the (?:two|three|"
    r"values|solutions|roots))\b|\b(?:what|which) are\b|\bare what\b|\bwhat values\b"
    r"|\b(?:possible|all|both) (?:\w+ )?(?:values|solutions|roots)\b|\brespectively\b"
    r"|\bseparated by commas\b|\bin (?:increasing|ascending|decreasing|descending) order\b",
    re.I,
)


class Undecided(ValueError):
    """The row does not say which of the two its gold is."""


def decided(gold: str, question: str, solution: str, commas: str = "") -> tuple[str, str]:
    """Return `gold` with its commas made plain, and `NUMBERS` or `LISTS`; "" if it has no doubt.

    >>> decided("70,110", "Find all solutions.", "")
    ('70, 110', 'lists')
    >>> decided("$70,110$", "How many ways are there?", "")
    ('70110', 'numbers')

    Raises:
        Undecided: nothing speaks for one of the two alone.
    """
    found = _EITHER.fullmatch(gold)
    if not found:
        return gold, ""
    parts = found[1].split(",")
    certain = any(part.startswith("0") for part in parts[1:])
    kind = NUMBERS if certain else commas or _told(parts, question, solution)
    return ("" if kind == NUMBERS else ", ").join(parts), kind


def _told(parts: list[str], question: str, solution: str) -> str:
    said = _said_by(parts, solution) | _asked_for(question)
    if len(said) == 1:
        return said.pop()
    number, listed = "".join(parts), ", ".join(parts)
    why = "the row speaks for both" if said else "nothing in the row says which"
    raise Undecided(
        f"it may be the number {number} or the list {listed}, and {why}; "
        "commas=numbers or commas=lists decides for the whole set"
    )


def _said_by(parts: list[str], solution: str) -> set[str]:
    """Return how the solution writes the answer elsewhere."""
    patterns = {NUMBERS: _THIN.join(parts), LISTS: _BETWEEN.join(parts)}
    return {
        kind
        for kind, pattern in patterns.items()
        if re.search(rf"(?<![\d.,]){pattern}(?!\d|[.,]\d)", solution)
    }


def _asked_for(question: str) -> set[str]:
    """Return what the question asks for; the number of all solutions is one number."""
    asked = " ".join(part for part in _SENTENCE.findall(question) if _ASKS.search(part))
    counts = len(_ONE.findall(asked))
    several = bool(_SEVERAL.search(_ONE.sub("", asked)))
    if bool(counts) == several:
        return set()
    return {LISTS} if several else {NUMBERS} if counts == 1 else set()
