r"""What happens between two answers: how many there may be, and what the model is told.

    binary   right or wrong
    hint     and the task's own hint, which never holds the answer
    tool     and between answers the model may ask an exact calculator: <calc>3/4 + 5</calc>

An environment must not become a search oracle, so the number of answers stays below the number of
answers the question offers, and a repeated answer earns nothing new. The calculator sees only the
model's own text, never the task.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .calculator import CalculatorError, evaluate
from .errors import EnvConfigError
from .task import Task

FEEDBACK = ("binary", "hint", "tool")
MAX_TOOL_CALLS = 8
MAX_RESULT_CHARS = 200

TOOL_INSTRUCTION = (
    f"You may use an exact calculator up to {MAX_TOOL_CALLS} times before you answer: write an "
    "expression like <calc>3/4 + 5*(2 - 7)</calc> and stop."
)
REPEATED = "You have given this answer before. Please try another and put it in {place}."
UNFINISHED = "That is not worked out. Please put the value itself in {place}."

_CALL = re.compile(r"<calc>([^<]*)</calc>")
_WORDS_OF_TWO = {"yes", "no", "true", "false", "even", "odd", "heads", "tails"}
_LETTER = re.compile(r"\(?([A-J])\)?\.?")
_LABEL = re.compile(r"\(([A-J])\)|(?:^|[\s{])([A-J])[.):]", re.MULTILINE)


def checked(max_turns: int, feedback: str) -> tuple[int, str]:
    """Return both arguments unchanged if they are valid.

    Raises:
        EnvConfigError: `max_turns` is below 1, or `feedback` is none of `FEEDBACK`.
    """
    if not isinstance(max_turns, int) or isinstance(max_turns, bool) or max_turns < 1:
        raise EnvConfigError(f"max_turns must be a whole number from 1; got {max_turns!r}.")
    if feedback not in FEEDBACK:
        raise EnvConfigError(f"feedback must be one of {FEEDBACK}; got {feedback!r}.")
    return max_turns, feedback


@dataclass
class Turns:
    """How far one episode has come.

    Attributes:
        limit: answers that may be given.
        taken: answers given.
        answers: the different ones among them, in normal form.
        calls_left: how often the calculator may still be asked.
    """

    limit: int
    taken: int = 0
    answers: set[str] = field(default_factory=set)
    calls_left: int = MAX_TOOL_CALLS

    @property
    def over(self) -> bool:
        """Whether no answer is left."""
        return self.taken >= self.limit

    def take(self, answer: str) -> bool:
        """Count an answer, "" for a turn without one; return whether it was given before."""
        self.taken += 1
        repeated = answer in self.answers
        self.answers |= {answer} - {""}
        return repeated

    def ask(self, text: str) -> str:
        """Return what the calculator says to the calls in `text`; "" where there are none."""
        calls = _CALL.findall(text.rpartition("</think>")[2])[: self.calls_left]
        self.calls_left -= len(calls)
        return "\n".join(f"<result>{_result(call)}</result>" for call in calls)


def opening(task: Task, feedback: str, env_id: str) -> str:
    """Return what the model reads first: the question, and how to use the calculator.

    Raises:
        EnvConfigError: hints are asked for, and the task has none.
    """
    if feedback == "hint" and not task.hint:
        raise EnvConfigError(
            f"feedback='hint', but {env_id} gives no hint for this task; set Task.hint, "
            "or choose feedback='binary'."
        )
    return f"{task.question}\n{TOOL_INSTRUCTION}" if feedback == "tool" else task.question


def attempts(max_turns: int, task: Task) -> int:
    """Return how many answers a task may get: `max_turns`, at most one less than its choices.

    So trying every choice in turn cannot pay. At least one answer is always allowed.
    """
    choices = task.choices or choices_of(task.question, task.answer)
    return min(max_turns, max(1, choices - 1)) if choices else max_turns


def choices_of(question: str, answer: str) -> int:
    """Return how many answers the question offers, as far as it shows: yes or no, (A) to (E).

    0 where the answers cannot be listed.
    """
    gold = re.sub(r"\\text\{([^{}]*)\}", r"\1", answer).strip().strip("$").strip()
    if gold.casefold() in _WORDS_OF_TWO:
        return 2
    if _LETTER.fullmatch(gold):
        return max(2, len({a or b for a, b in _LABEL.findall(question)}))
    return 0


def _result(expression: str) -> str:
    try:
        said = str(evaluate(expression).value)
    except CalculatorError as error:
        return f"error: {error}"
    return said if len(said) <= MAX_RESULT_CHARS else "error: the number is too large"
