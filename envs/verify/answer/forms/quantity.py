r"""A value with a unit: `5\text{ cm}`, `18 dollars`, `60 mph`."""

from __future__ import annotations

from dataclasses import dataclass

from ..brackets import matching
from ..tokens import TEXT, Tokens
from ..units import unit_letters, unit_name
from ..values import Comparison, Inner, Ternary, Value
from .expression import Expr

_DOLLAR = TEXT + "dollar"
_FUNCTIONS = {r"\sin", r"\cos", r"\tan", r"\cot", r"\sec", r"\csc"}


@dataclass(frozen=True)
class Quantity(Value):
    """A value with a unit."""

    value: Value
    unit: str

    label = "a value with a unit"
    precedence = 3
    must_agree = ("unit", "The unit is {given}, and should be {right}.")

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """The unit stands behind the value, a dollar sign in front of it."""
        first = next((i for i, token in enumerate(tokens) if token.startswith(TEXT)), None)
        if first is None:
            return None
        if first < 2 and tokens[first] == _DOLLAR and tokens[:first] in {(), ("-",)}:
            amount = tokens[:first] + tokens[first + 1 :]
            return cls(tokens, inner(amount), "dollar") if amount else None
        amount, unit = tokens[:first], unit_name(tokens[first:])
        if not unit or not amount or matching(("{", *amount, "}")) != first + 1:
            return None
        return None if _FUNCTIONS & set(amount) else cls(tokens, inner(amount), unit)

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """Units that are both named must agree; a unit left out is not held against the answer."""
        if isinstance(gold, Quantity) and isinstance(answer, Quantity):
            return gold.unit == answer.unit and compare.equal(gold.value, answer.value)
        if isinstance(gold, Quantity) and isinstance(answer, Expr):
            with_unit = compare.parse(unit_letters(answer.tokens))
            if isinstance(with_unit, Quantity):
                return self.same(gold, with_unit, compare)
        gold = gold.value if isinstance(gold, Quantity) else gold
        return compare.equal(gold, answer.value if isinstance(answer, Quantity) else answer)
