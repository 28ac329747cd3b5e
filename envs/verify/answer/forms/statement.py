r"""Statements: named values (`x = 5`), equations, inequalities, membership."""

from __future__ import annotations

from dataclasses import dataclass

from ..brackets import OPENING, split
from ..tokens import Tokens
from ..values import Comparison, Inner, Ternary, Value, all_of
from .expression import Expr
from .number import Number

SIGNS = {"<", ">", *(f"\\{name}" for name in ["le", "ge", "lt", "gt", "ne", "in", "approx", "sim"])}
_OPERATORS = {*"+-*/^%!=", r"\cdot", r"\times", r"\frac", r"\sqrt", r"\div"}


@dataclass(frozen=True)
class Relation(Value):
    """An equation, inequality or membership that is no plain assignment."""

    label = "an equation or inequality"
    precedence = 2
    algebraic = True
    writes_set = True

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        r"""An inequality; `x \in \{1, 2\}` gives a value to a name."""
        if len(sides := split(tokens, {r"\in"})) == 2 and _is_name(sides[0]):
            return Assigned(tokens, sides[0], inner(sides[1]))
        return cls(tokens) if len(split(tokens, SIGNS)) > 1 else None

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        r"""`\sqrt8 = 2\sqrt2` states that number if every part of it is equal to it."""
        if not gold.scalar:
            return super().same(gold, answer, compare)
        parts = split(answer.tokens, {"="})
        equal = (compare.equal(gold, compare.parse(part)) for part in parts)
        return all_of(equal) if len(parts) > 1 else False


@dataclass(frozen=True)
class Assigned(Value):
    """`name = value`."""

    name: Tokens
    value: Value

    label = "a named value"
    precedence = 4
    must_agree = ("name", "The value is given to {given}, and should be to {right}.")

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """What equals signs say: a named value, a bare value without a name, or a relation."""
        sides = split(tokens, {"="})
        if len(sides) < 2 or not all(sides):
            return Relation(tokens) if len(sides) > 1 else None
        named = [side for side in sides if _is_name(side)]
        values = [inner(side) for side in sides if not _is_name(side)]
        if not values or len(named) > 1 or not _all_equal_numbers(values):
            return Relation(tokens)
        return cls(tokens, named[0], values[-1]) if named else values[-1]

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """`x = 5` states 5; another name is another statement, unless both are whole equations."""
        if isinstance(gold, Assigned) and isinstance(answer, Assigned):
            if gold.name == answer.name:
                return compare.equal(gold.value, answer.value)
            curves = isinstance(gold.value, Expr) and isinstance(answer.value, Expr)
            return compare.ask(gold, answer) if curves else False
        if isinstance(gold, Relation) or isinstance(answer, Relation):
            return compare.ask(gold, answer)
        gold = gold.value if isinstance(gold, Assigned) else gold
        return compare.equal(gold, answer.value if isinstance(answer, Assigned) else answer)

    def given_name(self) -> Tokens:
        """Return the name."""
        return self.name

    def canonical(self) -> str:
        """Return the short text of the value; `x = 5` and `5` are trivially the same."""
        return self.value.canonical()


def _is_name(tokens: Tokens) -> bool:
    r"""Whether these tokens name a thing: `x`, `f(x)`, `x_1`, `\text{Area}`; no digit leads."""
    head = tokens[0] if tokens else "0"
    if head == "(":  # (x, y) = (1, 2); not (y, x), which would turn the order round
        names = tokens[1:-1:2]
        in_order = len(names) > 1 and list(names) == sorted(set(names))
        return in_order and tokens == ("(", *",".join(names), ")") and "".join(names).isalpha()
    if head[0].isdigit() or tokens == (r"\pi",) or tokens in {("e",), ("i",)}:
        return False
    return not _OPERATORS & set(tokens) and head not in OPENING


def _all_equal_numbers(values: list[Value]) -> bool:
    """A chain `6*7 = 42` states 42 only if it is true throughout; one value needs no proof."""
    if len(values) == 1:
        return True
    numbers = {value.value for value in values if isinstance(value, Number)}
    return len(numbers) == 1 and all(isinstance(value, Number) for value in values)
