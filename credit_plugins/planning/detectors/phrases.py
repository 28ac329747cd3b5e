"""Planning by phrases: those of a list, or grams that were mined."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import CreditError
from ...options import option, path_or_null
from ..detector import text_detector
from ..grams import read_grams
from ..projection import Finder, phrase_finder

SEED_PHRASES: tuple[str, ...] = (
    # hesitation
    "wait let me",
    "let me think",
    "on second thought",
    # verification
    "let me check",
    "let me verify",
    "is this right",
    "double check",
    # backtracking
    "try another approach",
    "go back and",
    "start over",
    "that's not right",
    "that doesn't work",
    # alternatives
    "another way to",
    "or we could",
    "what if we",
    # metacognition
    "notice that",
    "the key is",
    "the key insight",
)


def _is_phrase(value: Any) -> bool:
    return isinstance(value, str) and re.search(r"\w", value) is not None


def _is_phrase_list(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, str) or not isinstance(value, Sequence):
        return False
    return len(value) > 0 and all(_is_phrase(phrase) for phrase in value)


def _problems(given: Mapping[str, Any]) -> list[str]:
    if not given.get("grams"):
        return []
    if given.get("phrases") is not None:
        return ["phrases and grams are both given; keep one of them"]
    try:
        read_grams(given["grams"])
    except CreditError as error:
        return [f"grams: {error}"]
    return []


@text_detector(check=_problems)
def phrases(
    *,
    phrases: Sequence[str] | None = option(
        None, "null or a non-empty list of phrases with at least one word each", _is_phrase_list
    ),
    grams: str | None = path_or_null(),
) -> Finder:
    """Mark phrases, in any case and with any punctuation between the words.

    Args:
        phrases: what to look for; null stands for the 18 phrases of ``SEED_PHRASES``.
        grams: a file of ``verl-credit mine-grams``, whose grams are looked for instead.
    """
    return phrase_finder(read_grams(grams) if grams else phrases or SEED_PHRASES)
