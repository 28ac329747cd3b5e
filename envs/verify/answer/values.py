r"""What kind of thing an answer is: number, tuple, interval, set, matrix, quantity, words...

Each kind is a frozen class that keeps its tokens, so that what no cheap rule decides can still be
handed to the symbolic tier. `parse.py` makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from ..compare.render import display
from .tokens import Tokens


@dataclass(frozen=True)
class Value:
    """An answer; `tokens` is how it was written."""

    tokens: Tokens


@dataclass(frozen=True)
class Number(Value):
    """An exact rational number."""

    value: Fraction


@dataclass(frozen=True)
class Huge(Value):
    """A number too large to write out; equal only to itself as written."""


@dataclass(frozen=True)
class Expr(Value):
    """A scalar expression with letters, roots or functions."""


@dataclass(frozen=True)
class SetExpr(Value):
    r"""A set in symbols: a union of parts, a set builder, what is built from `\mathbb{Z}`."""

    parts: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Relation(Value):
    """An equation, inequality or membership that is no plain assignment."""


@dataclass(frozen=True)
class Assigned(Value):
    """`name = value`."""

    name: Tokens
    value: Value


@dataclass(frozen=True)
class Quantity(Value):
    """A value with a unit."""

    value: Value
    unit: str


@dataclass(frozen=True)
class Based(Value):
    """A numeral with its base, 2 to 36 but not 10; `value` is None if a digit is none there."""

    value: int | None
    base: int


@dataclass(frozen=True)
class Sequence(Value):
    """An ordered list: tuple, open or closed interval, vector; `brackets` is like `[)`."""

    brackets: str
    items: tuple[Value, ...]


@dataclass(frozen=True)
class Set(Value):
    """A list in braces."""

    items: tuple[Value, ...]


@dataclass(frozen=True)
class Listing(Value):
    """Several answers without brackets: `1, 2`, `x=1 or x=2`, plus-or-minus.

    `joined` is "or" or "and" where all are joined by that word.
    """

    items: tuple[Value, ...]
    joined: str = ""


@dataclass(frozen=True)
class Matrix(Value):
    """A rectangle of values; round and square brackets are the same, determinant bars are not."""

    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Words(Value):
    """Words, alone or around mathematics; compared by spelling, without case."""

    text: str


def canonical(value: Value) -> str:
    """Return a short text that is equal for answers that are trivially the same."""
    if isinstance(value, Number) and max(map(abs, value.value.as_integer_ratio())) < 10**300:
        return str(value.value)
    if isinstance(value, Assigned):
        return canonical(value.value)
    if isinstance(value, Words):
        return value.text
    return display(value.tokens)


def expressions(value: Value) -> Iterator[Value]:
    """Yield the parts of `value` that only the symbolic tier can compare."""
    match value:
        case Expr() | Relation() | SetExpr():
            yield value
        case Assigned() | Quantity():
            yield from expressions(value.value)
        case Sequence() | Set() | Listing():
            yield from (part for item in value.items for part in expressions(item))
        case Matrix():
            yield from (part for row in value.rows for cell in row for part in expressions(cell))
