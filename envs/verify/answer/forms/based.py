"""A numeral with its base: `101_2`, `(2516)_8`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..brackets import matching
from ..tokens import TEXT, Tokens
from ..values import Comparison, Inner, Ternary, Value
from .number import Number

_BASES = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
          "ten": 10, "eleven": 11, "twelve": 12, "sixteen": 16}  # fmt: skip


@dataclass(frozen=True)
class Based(Value):
    """A numeral in base 2 to 36 but not 10.

    `value` is nan, which equals nothing, if a digit is too large for the base.
    """

    value: float
    base: int

    label = "a numeral with a base"
    precedence = 1
    must_agree = ("base", "The base is {given}, and should be {right}.")

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """Digits, with or without brackets, and an index that names a base."""
        if "_" not in tokens:
            return None
        if tokens[0] == "-":
            found = cls.read(tokens[1:], inner)
            return cls(tokens, -found.value, found.base) if isinstance(found, Based) else None
        at = tokens.index("_")
        if tokens[0] == "(" and matching(tokens) == at - 1:
            return cls.read((*tokens[1 : at - 1], *tokens[at:]), inner)
        digits, base = "".join(tokens[:at]), _base("".join(tokens[at + 1 :]).strip("{()}"))
        if not base or not digits.isalnum() or not any(map(str.isdigit, digits)):
            return None
        if base == 10:
            return Number.read(tokens[:at], inner)
        try:
            return cls(tokens, int(digits, base), base)
        except ValueError:  # 2x_3 is no numeral, 102_2 is one gone wrong
            return cls(tokens, math.nan, base) if digits == digits.upper() else None

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """A base left out is not held against the answer: its digits must be those of the gold."""
        if isinstance(gold, Based) and isinstance(answer, Number):
            return _digits(gold.tokens) == _digits(answer.tokens)
        return super().same(gold, answer, compare)


def _digits(tokens: Tokens) -> str:
    """The digits as they are written, with their sign."""
    written = tokens[: tokens.index("_")] if "_" in tokens else tokens
    return "".join(token for token in written if token not in {"(", ")", "{", "}"})


def _base(name: str) -> int:
    if name.isdigit():
        return int(name) if len(name) < 3 and 2 <= int(name) <= 36 else 0
    return _BASES.get(name.removeprefix(TEXT), 0)
