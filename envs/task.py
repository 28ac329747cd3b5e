"""What an environment asks, and what it knows about the answer."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

from .errors import EnvContractError

MAX_TEXT_CHARS = 1_000_000
"""The most characters of a text of a task, of feedback, and of a text in `info`. What is longer
fits no context window, and would still be copied, queued and tokenized for every episode."""


def closing(answer: str) -> str:
    r"""Return the sentence that ends a worked solution, with `answer` in its box."""
    return rf"So the answer is \boxed{{{answer}}}."


@dataclass(frozen=True)
class Task:
    """One problem.

    Attributes:
        question: what the model is asked.
        answer: the correct final answer (LaTeX or plain), never shown to the model.
        difficulty: a level to report by: a number or a name.
        solution: a worked solution that ends in a boxed answer; empty where there is none.
        hint: what helps after a wrong answer without giving the right one; empty for none.
        choices: how many different answers the question offers, 5 for (A) to (E); 0 where they
            cannot be listed. Yes or no, and letters that the question lists, are seen without it.
        system: what the model is told before the question, as a message of its own; empty for none.

    Raises:
        EnvContractError: a text that is no str, or longer than `MAX_TEXT_CHARS`; a difficulty that
            is neither number nor name.
    """

    question: str
    answer: str
    difficulty: float | str = 0.0
    solution: str = ""
    hint: str = ""
    choices: int = 0
    system: str = ""

    def __post_init__(self) -> None:
        for name in ("question", "answer", "solution", "hint", "system"):
            value = getattr(self, name)
            if value is None:
                raise EnvContractError(f"Task.{name} is None, must be text.")
            if not isinstance(value, str):
                kind = type(value).__name__
                raise EnvContractError(
                    f"Task.{name} is {kind} {str(value)[:60]}, must be text: use str()."
                )
            if len(value) > MAX_TEXT_CHARS:
                raise EnvContractError(
                    f"Task.{name} has {len(value):,} characters, must have at most "
                    f"{MAX_TEXT_CHARS:,}."
                )
        if not isinstance(self.difficulty, str | Real | None):
            raise EnvContractError(
                f"Task.difficulty is {self.difficulty!r}, must be a number or a name."
            )
