r"""A value with a unit or what it counts: `5\text{ cm}`, `18 dollars`, `4 sacks per day`."""

from __future__ import annotations

from dataclasses import dataclass

from ..brackets import matching
from ..cursor import is_number
from ..nouns import names
from ..numbers import SCALES
from ..tokens import TEXT, Tokens
from ..units import CURRENCIES, unit_at, unit_letters
from ..values import Comparison, Inner, Ternary, Value
from .expression import Expr

_FUNCTIONS = {r"\sin", r"\cos", r"\tan", r"\cot", r"\sec", r"\csc"}
_ALSO_A_SCALE = {"K"}
"""A letter that also multiplies, as in 70K: a unit only where the correct answer says so."""


@dataclass(frozen=True)
class Quantity(Value):
    """A value with what the words behind it name: units, or nouns."""

    value: Value
    named: frozenset[str]

    label = "a value with a unit"
    precedence = 3
    must_agree = ("unit", "The unit is {given}, and should be {right}.")

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """The unit stands behind the value, a currency in front of it or behind."""
        first = next((i for i in range(len(tokens)) if _is_word(tokens, i)), None)
        if first is None:
            return None
        sign = tokens[:1] if tokens[:1] == ("-",) else ()
        currency, width = unit_at(tokens, first)
        if first == len(sign) and currency in CURRENCIES and tokens[first + width :]:
            return cls._priced(tokens, (*sign, *tokens[first + width :]), currency, inner)
        while first < len(tokens) and tokens[first][1:].lower() in SCALES:
            first += 1  # five million dollars
        if first > 1 and tokens[first - 1] == "(" and tokens[-1] == ")":
            first -= 1  # 9 (apples)
        amount, named = tokens[:first], names(tokens[first:])
        if named is None or not _is_amount(amount) or matching(("{", *amount, "}")) != first + 1:
            return None
        return None if _FUNCTIONS & set(amount) else cls(tokens, inner(amount), named)

    @classmethod
    def _priced(cls, tokens: Tokens, rest: Tokens, currency: str, inner: Inner) -> Value | None:
        """`$18`, `$18 per hour`; of `$70K` and `$5 cm` nothing is known."""
        last = next((i for i in range(len(rest)) if _is_word(rest, i)), len(rest))
        while last < len(rest) and rest[last][1:].lower() in SCALES:
            last += 1
        unit, _ = unit_at(rest, last)
        if unit and unit.partition("/")[0] != currency:
            return None
        named = names(rest[last:])
        if named is None or not rest[:last]:
            return None
        return cls(tokens, inner(rest[:last]), (named - {unit}) | {unit or currency})

    @property
    def unit(self) -> str:
        """What is named, for an explanation."""
        return " ".join(sorted(self.named))

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """What both name must agree; a unit or noun left out is not held against the answer."""
        if isinstance(gold, Quantity) and isinstance(answer, Quantity):
            return self._agree(gold.named, answer.named) and compare.equal(gold.value, answer.value)
        if isinstance(gold, Quantity) and isinstance(answer, Expr):
            with_unit = compare.parse(unit_letters(answer.tokens))
            if isinstance(with_unit, Quantity):
                return self.same(gold, with_unit, compare)
        if isinstance(answer, Quantity) and answer.named & _ALSO_A_SCALE:
            return False
        gold = gold.value if isinstance(gold, Quantity) else gold
        return compare.equal(gold, answer.value if isinstance(answer, Quantity) else answer)

    @staticmethod
    def _agree(gold: frozenset[str], answer: frozenset[str]) -> bool:
        """Whether one noun or unit stands on both sides: `5 red apples` are `5 apples`."""
        return not gold or not answer or bool(gold & answer)


def _is_amount(tokens: Tokens) -> bool:
    """Whether something is counted: a number is in it, or one letter; not the letters of a word."""
    return any(map(is_number, tokens)) or 0 < len([t for t in tokens if t.isalpha()]) < 2


def _is_word(tokens: Tokens, at: int) -> bool:
    """Whether a word stands here, or the prime of an angle behind a number."""
    prime = tokens[at] == "'" and at > 0 and is_number(tokens[at - 1])
    return prime or tokens[at].startswith(TEXT)
