"""Planning by meaning: windows of text that are nearer to planning sentences than to others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...options import number, path_or_null
from ..detector import text_detector
from ..encoder import Encoder, load_encoder
from ..projection import Finder

WINDOW, STRIDE, FEWEST = 12, 6, 3  # words
NEAR = 0.25
"""A window at most this near (cosine) to every planning sentence is not marked."""

PLANNING_SENTENCES = (
    "let me think about how to approach this problem",
    "first I need a plan before I start",
    "let me break this into smaller steps",
    "what is the best strategy here",
    "wait, that does not look right",
    "let me check my work again",
    "let me verify this result another way",
    "I should double check the previous step",
    "that approach does not work, let me try another one",
    "let me go back and start over",
    "maybe there is a simpler way to do this",
    "alternatively we could look at it differently",
    "what if we assume the opposite",
    "the key idea is to notice the pattern",
    "this reminds me of a similar problem",
    "I am not sure about this, let me reconsider",
    "so the goal is to find this quantity",
    "before going on, what do we know so far",
    "let me consider the possible cases",
    "now I can combine these results to reach the answer",
)
EXECUTION_SENTENCES = (
    "five plus seven equals twelve",
    "multiply both sides by three",
    "substitute the value into the equation",
    "x equals four",
    "the sum of the two numbers is twenty",
    "divide by two to get six",
    "carry the one",
    "expand the product and collect terms",
    "the derivative of x squared is two x",
    "the square root of sixteen is four",
    "which simplifies to three over four",
    "add the digits in the tens column",
    "therefore a is equal to b",
    "the final answer is forty two",
    "subtract nine from both sides",
)


@dataclass(frozen=True)
class SemanticFinder:
    """Marks windows of 12 words, every 6, that are about planning.

    A window is marked if its largest cosine to a planning sentence is above 0.25 and exceeds its
    largest cosine to an execution sentence by ``margin``. Windows end at boundaries; a text of
    fewer than 3 words has none.

    Attributes:
        encode: texts -> unit vectors.
        margin: 0 to 2.
    """

    encode: Encoder
    margin: float

    def __call__(self, text: str) -> np.ndarray:
        """First and last character of every marked window, int64 [n,2]."""
        windows = _windows(text)
        if not len(windows):
            return windows
        vectors = self.encode([text[first : last + 1] for first, last in windows.tolist()])
        marked: np.ndarray = windows[self._plans(vectors)]
        return marked

    @cached_property
    def _sentences(self) -> tuple[np.ndarray, np.ndarray]:
        """Vectors of the planning and of the execution sentences: a batch has many texts."""
        return self.encode(PLANNING_SENTENCES), self.encode(EXECUTION_SENTENCES)

    def _plans(self, vectors: np.ndarray) -> np.ndarray:
        planning, execution = ((vectors @ known.T).max(1) for known in self._sentences)
        plans: np.ndarray = (planning > NEAR) & (planning - execution > self.margin)
        return plans


def _windows(text: str) -> np.ndarray:
    spans = []
    for run in re.finditer(r"[^\x00]+", text):  # a NUL stands for special and masked tokens
        words = [match.span() for match in re.finditer(r"\S+", run.group())]
        for i in range(0, max(1, len(words) - WINDOW + STRIDE), STRIDE):
            window = words[i : i + WINDOW]
            if len(window) >= FEWEST:
                spans.append((run.start() + window[0][0], run.start() + window[-1][1] - 1))
    return np.array(spans, dtype=np.int64).reshape(-1, 2)


def _problems(given: Mapping[str, Any]) -> list[str]:
    model = given.get("model")
    if model is None:
        return ["model is null, must be the folder of a sentence encoder for semantic"]
    if not (Path(model) / "config.json").is_file():
        return [f"model is {model!r}, must be a folder with a model's config.json"]
    return []


# It stays in this process, because the encoder itself uses all cores.
@text_detector(spreads=False, check=_problems)
def semantic(
    *,
    model: str | None = path_or_null(),
    margin: float = number(0.02, 0.0, 2.0),
) -> Finder:
    """Mark windows of text that are nearer to planning sentences than to others.

    Args:
        model: folder of the sentence encoder; nothing is downloaded.
        margin: cosine by which a window must be nearer to planning than to execution.
    """
    return SemanticFinder(load_encoder(str(model)), margin)
