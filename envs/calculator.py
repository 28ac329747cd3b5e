r"""Exact arithmetic on text, by a tokenizer and a recursive-descent parser; nothing is ever run.

    sum     = product (("+" | "-") product)*
    product = factor (("*" | "/") factor)*
    factor  = ("+" | "-") factor | power
    power   = atom ("^" factor)?
    atom    = number | "(" sum ")" | \frac{sum}{sum}

Used on a model's text, so everything is bounded: characters, depth, the size of every number.

>>> evaluate("2*(3 - 1/2)^2").value
Fraction(25, 2)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

MAX_CHARS = 400
MAX_DEPTH = 40
MAX_BITS = 2048
MAX_EXPONENT = 512

_SPELLINGS = {
    "**": "^", "\u00d7": "*", "\u00b7": "*", "\u22c5": "*", "\u2217": "*", "\u00f7": "/",
    "\u2212": "-", r"\times": "*", r"\cdot": "*", r"\div": "/", r"\dfrac": r"\frac",
    r"\tfrac": r"\frac", "[": "(", "]": ")", "{": "(", "}": ")", r"\left": "", r"\right": "",
}  # fmt: skip
# ASCII digits only: `\d` would let in digits of every script.
_DIGITS = tuple("0123456789")
_TOKEN = re.compile(r"\s*([0-9]+\.[0-9]+|[0-9]+|\*\*|\\[a-z]+|\S)")


class CalculatorError(ValueError):
    """The text is no arithmetic, or too large."""


@dataclass(frozen=True)
class Result:
    """What an expression says.

    Attributes:
        value: its exact value.
        numbers: the number literals in it, from left to right.
        operators: the operations in it, in the order they are done; a sign in front counts too.
    """

    value: Fraction
    numbers: tuple[Fraction, ...]
    operators: tuple[str, ...]


def evaluate(text: str) -> Result:
    """Return the exact value of an arithmetic expression, in LaTeX or plain text.

    Raises:
        CalculatorError: it is no expression, it divides by zero, or it exceeds a bound of this
            module (`MAX_CHARS`, `MAX_DEPTH`, `MAX_BITS`, `MAX_EXPONENT`).
    """
    if len(text) > MAX_CHARS:
        raise CalculatorError(f"at most {MAX_CHARS} characters")
    parser = _Parser(_tokens(text))
    value = parser.sum(0)
    if parser.peek():
        raise CalculatorError(f"unexpected {parser.peek()!r}")
    return Result(value, tuple(parser.numbers), tuple(parser.operators))


def _tokens(text: str) -> list[str]:
    found = (_SPELLINGS.get(token, token) for token in _TOKEN.findall(text))
    return [token for token in found if token]


class _Parser:
    """Reads tokens from the left and folds them as it goes; no tree is kept."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self.numbers: list[Fraction] = []
        self.operators: list[str] = []

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def sum(self, depth: int) -> Fraction:
        value = self.product(depth)
        while self.peek() in ("+", "-"):
            value = self._apply(self.take(), value, self.product(depth))
        return value

    def product(self, depth: int) -> Fraction:
        value = self.factor(depth)
        while self.peek() in ("*", "/"):
            value = self._apply(self.take(), value, self.factor(depth))
        return value

    def factor(self, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise CalculatorError(f"nested deeper than {MAX_DEPTH}")
        if self.peek() in ("+", "-"):
            sign = self.take()
            self.operators.append(sign)
            value = self.factor(depth + 1)
            return -value if sign == "-" else value
        return self.power(depth)

    def power(self, depth: int) -> Fraction:
        base = self.atom(depth)
        return (
            self._apply(self.take(), base, self.factor(depth + 1)) if self.peek() == "^" else base
        )

    def atom(self, depth: int) -> Fraction:
        token = self.take()
        if token == "(":
            return self._rest_of_bracket(depth)
        if token == r"\frac":
            above, below = self._bracket(depth), self._bracket(depth)
            return self._apply("/", above, below)
        if token[:1] not in _DIGITS:
            raise CalculatorError(f"unexpected {token!r}" if token else "unexpected end")
        self.numbers.append(Fraction(token))
        return _bounded(self.numbers[-1])

    def _bracket(self, depth: int) -> Fraction:
        if self.take() != "(":
            raise CalculatorError(r"\frac needs two brackets")
        return self._rest_of_bracket(depth)

    def _rest_of_bracket(self, depth: int) -> Fraction:
        value = self.sum(depth + 1)
        if self.take() != ")":
            raise CalculatorError("a bracket does not close")
        return value

    def _apply(self, operator: str, a: Fraction, b: Fraction) -> Fraction:
        self.operators.append(operator)
        return _bounded(_OPERATIONS[operator](a, b))


def _divide(a: Fraction, b: Fraction) -> Fraction:
    if b == 0:
        raise CalculatorError("division by zero")
    return a / b


def _power(a: Fraction, b: Fraction) -> Fraction:
    if b.denominator != 1 or abs(b) > MAX_EXPONENT:
        raise CalculatorError(f"an exponent must be a whole number up to {MAX_EXPONENT}")
    if a == 0 and b < 0:
        raise CalculatorError("division by zero")
    return a ** int(b)


_OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": Fraction.__add__,
    "-": Fraction.__sub__,
    "*": Fraction.__mul__,
    "/": _divide,
    "^": _power,
}


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _bounded(value: Fraction) -> Fraction:
    if _bits(value) > MAX_BITS:
        raise CalculatorError("the number is too large")
    return value
