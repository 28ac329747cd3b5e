"""Random expressions over given numbers: how they are drawn, written and worked out.

An expression is a whole number or `(operator, left, right)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from .writing import spoken

Expression: TypeAlias = "int | tuple[str, Expression, Expression]"

_OPERATORS = "+-*/"
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2}


def draw(rng: np.random.Generator, numbers: Sequence[int] | np.ndarray) -> Expression:
    """Return a random expression that uses `numbers` from left to right, each once."""
    if len(numbers) == 1:
        return int(numbers[0])
    cut = int(rng.integers(1, len(numbers)))
    operator = _OPERATORS[rng.integers(4)]
    return operator, draw(rng, numbers[:cut]), draw(rng, numbers[cut:])


def last_operator(expression: Expression) -> str:
    """Return the operation that is done last, "" where there is none."""
    return "" if isinstance(expression, int) else expression[0]


def write(expression: Expression) -> str:
    """Return the text of an expression with no bracket that is not needed."""
    if isinstance(expression, int):
        return str(expression)
    operator, left, right = expression
    return f"{_operand(left, operator, False)} {operator} {_operand(right, operator, True)}"


def work_out(expression: Expression) -> tuple[Fraction, list[str]]:
    """Return the value, and one sentence for each operation in an order in which they can be done.

    Raises:
        ZeroDivisionError: the expression divides by zero.
    """
    if isinstance(expression, int):
        return Fraction(expression), []
    operator, left, right = expression
    (a, before), (b, between) = work_out(left), work_out(right)
    value = {"+": a + b, "-": a - b, "*": a * b}[operator] if operator != "/" else a / b
    return value, [*before, *between, f"{spoken(a)} {operator} {spoken(b)} = {value}."]


def _operand(inner: Expression, operator: str, on_the_right: bool) -> str:
    if isinstance(inner, int):
        return str(inner)
    strength, inside = _STRENGTH[operator], _STRENGTH[inner[0]]
    bare = inside > strength or (inside == strength and not (on_the_right and operator in "-/"))
    return write(inner) if bare else f"({write(inner)})"
