r"""Reach a target with given numbers: the answer is an expression.

An example row: question `Use each of the numbers 3, 5, 7 exactly once ... to make 22. ...`, answer
`3 * 5 + 7`, difficulty 1.0 (its level), solution `3 * 5 = 15. 15 + 7 = 22. So the answer is
\boxed{3 * 5 + 7}.`
"""

from __future__ import annotations

import numpy as np

from ..calculator import CalculatorError, evaluate
from ..task import Task, closing
from . import expressions
from .levelled import LevelledEnv

_LARGEST_TARGET = 1000


class CountdownEnv(LevelledEnv):
    """Combine given numbers with + - * / and brackets, each exactly once, to make a target.

    Level n gives n+2 numbers from 1 to 9+n. Every expression that does it pays, not only the
    one that the task was made from. See `LevelledEnv` for the arguments.
    """

    top_level = 6

    def sample_at(self, rng: np.random.Generator, level: int) -> Task:
        """Draw numbers, then an expression over them whose value is a whole number from 1."""
        while True:
            numbers = rng.integers(1, 10 + level, size=level + 2)
            expression = expressions.draw(rng, rng.permutation(numbers))
            try:
                target, steps = expressions.work_out(expression)
            except ZeroDivisionError:
                continue
            if target.denominator == 1 and 1 <= target <= _LARGEST_TARGET:
                return _task(sorted(map(int, numbers)), expression, steps, int(target), level)

    def check(self, task: Task, answer: str) -> bool:
        """Return whether `answer` has the value of the known solution and uses the same numbers."""
        known = evaluate(task.answer)
        try:
            said = evaluate(_left_side(answer, str(known.value)))
        except CalculatorError:
            return False
        return (
            said.value == known.value
            and sorted(said.numbers) == sorted(known.numbers)
            and "^" not in said.operators
        )


def _left_side(answer: str, target: str) -> str:
    """Return the left side of `3 * 5 + 7 = 22`; other equations come back whole, to be refused."""
    expression, equals, value = answer.partition("=")
    return expression if equals and value.strip() == target else answer


def _task(
    numbers: list[int],
    expression: expressions.Expression,
    steps: list[str],
    target: int,
    level: int,
) -> Task:
    answer = expressions.write(expression)
    return Task(
        question=(
            f"Use each of the numbers {', '.join(map(str, numbers))} exactly once, with + - * / "
            f"and brackets, to make {target}. Answer with the expression."
        ),
        answer=answer,
        difficulty=float(level),
        solution=" ".join([*steps, closing(answer)]),
        hint=f"In one solution the last operation is {expressions.last_operator(expression)}.",
    )
