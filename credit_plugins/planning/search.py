"""Finding phrases in text, in any case and across spaces, commas, hyphens and line breaks."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

GAP = re.compile("[\\s,\\-\u2010-\u2015]+")
"""What separates the words of a phrase: white space, commas, hyphens and dashes."""

APOSTROPHES = "\u2018\u2019\u02bc"


def find_spans(text: str, phrases: Sequence[str]) -> np.ndarray:
    """First and last character of every phrase in ``text``, int64 [n,2], by position.

    Phrases may overlap ("wait, let me check" holds two); of those that start at one place only the
    longest is listed. They start and end at word boundaries.
    """
    folded, origin = fold(text)
    spans = np.array(_spans(folded, _pattern(tuple(phrases))), dtype=np.int64).reshape(-1, 2)
    return spans if origin is None else origin[spans]


def fold(text: str) -> tuple[str, np.ndarray | None]:
    """``text`` casefolded, with straight apostrophes, and for each character where it came from.

    The origin is None where nothing moved, which is nearly always: few characters fold to two.
    """
    for apostrophe in APOSTROPHES:
        text = text.replace(apostrophe, "'")
    folded = text.casefold()
    if len(folded) == len(text):
        return folded, None
    widths = np.ones(len(text), dtype=np.int64)
    for match in _expanding().finditer(text):
        widths[match.start()] = len(match.group().casefold())
    return folded, np.repeat(np.arange(len(text)), widths)


@lru_cache(maxsize=1)
def _expanding() -> re.Pattern[str]:
    """Characters whose casefold is longer than one."""
    every = map(chr, range(sys.maxunicode + 1))
    return re.compile("[" + "".join(c for c in every if len(c.casefold()) > 1) + "]")


@lru_cache(maxsize=16)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """One alternation, longest phrase first, so that the first hit at a place covers the others."""
    words = {tuple(word for word in GAP.split(fold(phrase)[0]) if word) for phrase in phrases}
    ordered = sorted(words, key=lambda phrase: (-len(" ".join(phrase)), phrase))
    alternatives = "|".join(GAP.pattern.join(map(re.escape, phrase)) for phrase in ordered)
    return re.compile(f"(?:{alternatives})(?!\\w)")


def _spans(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """First and last character of matches that start a word.

    Searches on from the character after each start, because phrases overlap. The word start is
    looked at here: a look-behind would keep the pattern from skipping quickly.
    """
    spans, match = [], pattern.search(text)
    while match:
        start = match.start()
        if start == 0 or not _is_word(text[start - 1]):
            spans.append((start, match.end() - 1))
        match = pattern.search(text, start + 1)
    return spans


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
