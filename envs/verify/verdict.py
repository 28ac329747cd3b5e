"""What a grading says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Outcome = Literal[
    "correct", "wrong", "no_answer", "ambiguous", "unparsable", "timeout", "memory", "crash"
]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
_WITHOUT_ANSWER = {"no_answer", "ambiguous", "unparsable"}


@dataclass(frozen=True)
class Verdict:
    """The judgement of one response.

    Attributes:
        outcome: one of `OUTCOMES`.
        extracted: the final answer as the model wrote it; empty where there is none.
        canonical: its normal form, equal for answers that are trivially the same.
        tier: what decided: extract, string, exact, typed or symbolic ("check" for an environment's
            own).
        elapsed_ms: milliseconds spent judging; waiting for a free worker does not count.
        finished: false for an answer that is not worked out, which pays nothing whatever its value.
    """

    outcome: str
    extracted: str
    canonical: str
    tier: str
    elapsed_ms: float
    finished: bool = True

    @property
    def correct(self) -> bool:
        """Whether it pays."""
        return self.outcome == "correct"

    @property
    def answered(self) -> bool:
        """Whether there is one answer that can be read."""
        return self.outcome not in _WITHOUT_ANSWER
