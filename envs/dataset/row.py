"""One row of a data set, whatever set it comes from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A problem with its gold.

    Attributes:
        id: names the row in its set.
        stream: "train" or "validation".
        question: what the model is asked.
        answer: the gold; of a row with a problem, what stands in its place.
        difficulty: a number or a name; 0.0 where the set has none.
        solution: a worked solution; empty where there is none.
        system: what the model is told before the question; empty for nothing.
        number: its place in the split, from 0.
        commas: what a gold such as `70,110` was decided to be, "numbers" or "lists"; else empty.
        problem: why the row states no gold; empty where it does.
    """

    id: str
    stream: str
    question: str
    answer: str = ""
    difficulty: float | str = 0.0
    solution: str = ""
    system: str = ""
    number: int = 0
    commas: str = ""
    problem: str = ""


def normalised(question: str) -> str:
    """Return the form in which two copies of one question are equal: spacing and case are gone."""
    return " ".join(unicodedata.normalize("NFKC", question).casefold().split())
