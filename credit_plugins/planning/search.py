"""Finding phrases in text, in any case and across spaces, commas, hyphens and line breaks.

Time does not depend on the number of phrases: numpy hashes the beginning of every word, a table
keeps the few places where some phrase may start, and only those are looked up as strings.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

GAP = re.compile("[\\s,\\-\u2010-\u2015]+")
"""What separates the words of a phrase: white space, commas, hyphens and dashes."""

WORD = re.compile(r"\w+")
APOSTROPHES = "\u2018\u2019\u02bc"

PREFIXES = (1, 2, 4, 8, 16)
"""A phrase is looked up by its first n characters, n the largest of these that fits into it."""

SLOTS = 1 << 16
FACTORS = dict(zip(PREFIXES, (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F), strict=False))
"""Odd multipliers by which a hash of n characters becomes one of 2n."""


def find_spans(text: str, phrases: Sequence[str]) -> np.ndarray:
    """First and last character of every phrase in ``text``, int64 [n,2], by position.

    Phrases may overlap ("wait, let me check" holds two); of those that start at one place only the
    longest is listed. They start and end at word boundaries.
    """
    folded, origin = fold(text)
    code, place = _single_gaps(_codes(folded))
    spans: np.ndarray = place[_Matcher.of(tuple(phrases)).spans(code)]
    if origin is not None:
        spans = origin[spans]
    return spans


def fold(text: str) -> tuple[str, np.ndarray | None]:
    """``text`` casefolded, with straight apostrophes, and the place that each character came from.

    The places are None if nothing moved, which is nearly always: few characters fold to two.
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


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _single_gaps(code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The characters with every run of gaps as one space, and where each one was."""
    gap = _table(GAP)[code]
    kept = ~gap
    kept[:1] = True
    kept[1:] |= ~gap[:-1]
    return np.where(gap, ord(" "), code)[kept], np.flatnonzero(kept)


@lru_cache(maxsize=1)
def _every_character() -> str:
    return "".join(map(chr, range(sys.maxunicode + 1)))


@lru_cache(maxsize=2)
def _table(pattern: re.Pattern[str]) -> np.ndarray:
    """Which characters a pattern of runs matches, bool by code point."""
    matched = np.zeros(sys.maxunicode + 1, dtype=bool)
    for match in pattern.finditer(_every_character()):
        matched[slice(*match.span())] = True
    return matched


@lru_cache(maxsize=1)
def _expanding() -> re.Pattern[str]:
    """Characters whose casefold is longer than one."""
    return re.compile("[" + "".join(c for c in _every_character() if len(c.casefold()) > 1) + "]")


def normalised(phrase: str) -> str:
    """A phrase as it is looked up: folded, one space between its words."""
    return " ".join(word for word in GAP.split(fold(phrase)[0]) if word)


@dataclass(frozen=True)
class _Matcher:
    """Phrases by their beginnings.

    Attributes:
        whole: the phrases.
        lengths: beginning of a phrase -> lengths of the phrases that begin so, longest first.
        slots: length of such a beginning -> which slots of the hash it may fall into.
    """

    whole: frozenset[str]
    lengths: dict[str, list[int]]
    slots: dict[int, np.ndarray]

    @classmethod
    @lru_cache(maxsize=16)
    def of(cls, phrases: tuple[str, ...]) -> _Matcher:
        whole = frozenset(map(normalised, phrases))
        by_prefix: dict[str, set[int]] = {}
        for phrase in whole:
            size = max(n for n in PREFIXES if n <= len(phrase))
            by_prefix.setdefault(phrase[:size], set()).add(len(phrase))
        slots = {len(prefix): np.zeros(SLOTS, dtype=bool) for prefix in by_prefix}
        for prefix in by_prefix:
            slots[len(prefix)][_slots_of(_codes(prefix), len(prefix))] = True
        return cls(whole, {p: sorted(n, reverse=True) for p, n in by_prefix.items()}, slots)

    def spans(self, code: np.ndarray) -> np.ndarray:
        """First and last character of each match, by position, at most one per place."""
        word = _table(WORD)[code]
        starts = ~word[:-1]
        starts = np.flatnonzero(np.concatenate([[True], starts]) if len(code) else starts)
        text = code.tobytes().decode("utf-32-le", "surrogatepass")
        found: dict[int, int] = {}
        for size in sorted(self.slots):  # a longer beginning belongs to a longer phrase
            for start in self._candidates(code, starts, size):
                last = self._last(text, word, start, size)
                if last is not None:
                    found[start] = last
        return np.array(sorted(found.items()), dtype=np.int64).reshape(-1, 2)

    def _candidates(self, code: np.ndarray, starts: np.ndarray, size: int) -> list[int]:
        starts = starts[starts <= len(code) - size]
        found: list[int] = starts[self.slots[size][_slots_of(code, size)[starts]]].tolist()
        return found

    def _last(self, text: str, word: np.ndarray, start: int, size: int) -> int | None:
        """Where the longest phrase from ``start`` ends, if there is one."""
        for length in self.lengths.get(text[start : start + size], ()):
            end = start + length
            if end > len(word):  # a slice past the end is shorter, and may be another phrase
                continue
            if text[start:end] in self.whole and not (end < len(word) and word[end]):
                return end - 1
        return None


def _slots_of(code: np.ndarray, size: int) -> np.ndarray:
    """Slot of the ``size`` characters from each place on, by doubling; uint16 [len - size + 1]."""
    hashed, n = code, 1
    while n < size:
        hashed = hashed[:-n] * np.uint32(FACTORS[n]) + hashed[n:]
        n *= 2
    slots: np.ndarray = hashed * np.uint32(0x9E3779B1) >> np.uint32(16)
    return slots.astype(np.uint16)
