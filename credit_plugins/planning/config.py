"""Which detector finds planning tokens, and its numbers: ``algorithm.credit.planning``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CreditError
from ..options import Options, choice, number, option
from .grams import read_grams
from .phrases import SEED_PHRASES

DETECTORS = ("phrases", "semantic", "entropy_quantile")


def _is_phrase(value: Any) -> bool:
    return isinstance(value, str) and re.search(r"\w", value) is not None


def _is_phrase_list(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, str) or not isinstance(value, Sequence):
        return False
    return len(value) > 0 and all(_is_phrase(phrase) for phrase in value)


def _is_path(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value != "")


@dataclass(frozen=True)
class PlanningConfig(Options):
    """Options of ``algorithm.credit.planning``.

    Attributes:
        detector: ``phrases``, ``semantic`` (windows of text near planning sentences by a sentence
            encoder) or ``entropy_quantile`` (the top share of tokens by entropy).
        phrases: what to look for, in any case and with any punctuation between the words; null
            stands for the 18 phrases of ``SEED_PHRASES``.
        grams: a file of ``verl-credit mine-grams``, whose grams are looked for instead.
        model: folder of the sentence encoder of ``semantic``; nothing is downloaded.
        margin: cosine by which a window must be nearer to planning than to execution.
        share: part of each completion's tokens that ``entropy_quantile`` takes.
    """

    detector: str = choice("phrases", DETECTORS)
    phrases: Sequence[str] | None = option(
        None, "null or a non-empty list of phrases with at least one word each", _is_phrase_list
    )
    grams: str | None = option(None, "null or a path", _is_path)
    model: str | None = option(None, "null or a path", _is_path)
    margin: float = number(0.02, 0.0, 2.0)
    share: float = number(0.2, 0.0, 1.0)

    def __post_init__(self) -> None:
        """Check, then settle on a tuple of phrases, so that workers need no file."""
        super().__post_init__()
        chosen = SEED_PHRASES if self.phrases is None else tuple(self.phrases)
        object.__setattr__(self, "phrases", read_grams(self.grams) if self.grams else chosen)

    @property
    def needs_entropy(self) -> bool:
        """Whether the detector reads entropies rather than text."""
        return self.detector == "entropy_quantile"

    @classmethod
    def problems(cls, given: Mapping[str, Any], path: str = "") -> list[str]:
        """Also reports files that cannot be read and options that exclude each other."""
        found = super().problems(given, path)
        if found:
            return found
        if given.get("grams"):
            found += _gram_problems(given, path)
        if given.get("detector") == "semantic":
            found += _model_problems(given.get("model"), path)
        return found


def _gram_problems(given: Mapping[str, Any], path: str) -> list[str]:
    if given.get("phrases") is not None:
        return [f"{path}phrases and {path}grams are both given; keep one of them"]
    try:
        read_grams(given["grams"])
    except CreditError as error:
        return [f"{path}grams: {error}"]
    return []


def _model_problems(model: str | None, path: str) -> list[str]:
    if model is None:
        return [f"{path}model is null, must be the folder of a sentence encoder for semantic"]
    if not (Path(model) / "config.json").is_file():
        return [f"{path}model is {model!r}, must be a folder with a model's config.json"]
    return []
