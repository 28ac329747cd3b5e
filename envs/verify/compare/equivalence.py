r"""Decide whether two answers are the same, cheapest evidence first.

    string    equal tokens
    exact     equal rationals
    typed     equal kind, and equal parts: tuple, set, interval, matrix, quantity, numeral
    symbolic  a computer algebra system confirms two scalars, or two sets

No tolerance anywhere. The first three run in the caller's process in bounded time. The last is a
function handed in, which only the limited worker has; without it the answer is None (unknown).
Three values, because a part that is certainly different settles the whole without a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..answer.parse import parse, split
from ..answer.tokens import tokenize
from ..answer.units import unit_letters
from ..answer.values import (
    Assigned,
    Based,
    Expr,
    Listing,
    Matrix,
    Number,
    Quantity,
    Relation,
    Sequence,
    Set,
    SetExpr,
    Value,
    Words,
)
from .render import readable

Symbolic = Callable[[Value, Value], bool]
Ternary = bool | None

_MAX_PAIRS = 2500
_SET_LIKE = (Relation, SetExpr, Sequence, Assigned, Listing)


class Unparsable(Exception):
    """The symbolic tier finds no reading of an answer, or more than one."""


@dataclass(frozen=True)
class Decision:
    """`correct` is None where only the symbolic tier can tell; `tier` is what decided."""

    correct: Ternary
    tier: str


@lru_cache(maxsize=1024)
def read(text: str) -> Value:
    """Return the value of an answer, cached: one gold meets many answers."""
    return parse(tokenize(text))


def decide(gold: str, answer: str, symbolic: Symbolic | None = None) -> Decision:
    """Return whether `answer` equals `gold`; `symbolic(gold, answer)` settles what is left open.

    Raises:
        Unparsable: not equal, as something could not be read by the symbolic tier.
    """
    g, a = read(gold), read(answer)
    if g.tokens == a.tokens:
        return Decision(bool(g.tokens), "string")
    if isinstance(g, Number) and isinstance(a, Number):
        return Decision(g.value == a.value, "exact")
    cheap = _Comparison(None).equal(g, a)
    if cheap is not None:
        return Decision(cheap, "typed")
    comparison = _Comparison(symbolic)
    correct = comparison.equal(g, a)
    if correct is False and comparison.unparsable:
        raise comparison.unparsable
    return Decision(correct, "symbolic")


class _Comparison:
    """One comparison; `equal` walks two values of the same kind side by side."""

    def __init__(self, symbolic: Symbolic | None) -> None:
        self._symbolic = symbolic
        self.unparsable: Unparsable | None = None

    def equal(self, gold: Value, answer: Value) -> Ternary:
        if gold.tokens == answer.tokens:
            return True
        if isinstance(gold, Assigned) or isinstance(answer, Assigned):
            return self._assigned(gold, answer)
        if isinstance(gold, Quantity) or isinstance(answer, Quantity):
            return self._quantities(gold, answer)
        if isinstance(answer, Relation) and isinstance(gold, Number | Expr):
            return self._chain(gold, answer)
        if isinstance(gold, Listing) and isinstance(answer, Listing) and _and_or(gold, answer):
            return False
        if isinstance(gold, Listing | Set) and isinstance(answer, Listing | Set):
            return self._same_members(gold.items, answer.items, type(gold) is type(answer) is Set)
        if type(gold) is type(answer):
            return self._same_kind(gold, answer)
        if isinstance(gold, Number | Expr) and isinstance(answer, Number | Expr):
            return self._ask(gold, answer)
        if {type(gold), type(answer)} == {Set, SetExpr} or (_set_like(gold) and _set_like(answer)):
            return self._ask(gold, answer)
        return False

    def _same_kind(self, gold: Value, answer: Value) -> Ternary:
        match gold, answer:
            case Number(), Number():
                return gold.value == answer.value
            case Words(), Words():
                return gold.text == answer.text
            case Based(), Based():
                same_base = gold.base == answer.base and gold.value is not None
                return same_base and gold.value == answer.value
            case Sequence(), Sequence():
                return gold.brackets == answer.brackets and self._each(gold.items, answer.items)
            case Matrix(), Matrix():
                return _all(
                    [len(gold.rows) == len(answer.rows)]
                    + [self._each(g, a) for g, a in zip(gold.rows, answer.rows, strict=False)]
                )
            case SetExpr(), SetExpr():
                members = self._same_members(gold.parts, answer.parts, True)
                return True if gold.parts and members else self._ask(gold, answer)
            case (Expr(), Expr()) | (Relation(), Relation()):
                return self._ask(gold, answer)
        return False

    def _assigned(self, gold: Value, answer: Value) -> Ternary:
        """`x = 5` states 5; another name is another statement, unless both are whole equations."""
        if isinstance(gold, Assigned) and isinstance(answer, Assigned):
            if gold.name == answer.name:
                return self.equal(gold.value, answer.value)
            return self._ask(gold, answer) if _curve(gold) and _curve(answer) else False
        if isinstance(gold, Relation) or isinstance(answer, Relation):
            return self._ask(gold, answer)
        gold = gold.value if isinstance(gold, Assigned) else gold
        return self.equal(gold, answer.value if isinstance(answer, Assigned) else answer)

    def _chain(self, gold: Value, answer: Relation) -> Ternary:
        r"""`\sqrt8 = 2\sqrt2` states that number if every part of it is equal to it."""
        parts = split(answer.tokens, {"="})
        return _all(self.equal(gold, parse(part)) for part in parts) if len(parts) > 1 else False

    def _quantities(self, gold: Value, answer: Value) -> Ternary:
        """Units that are both named must agree; a unit left out is not held against the answer."""
        if isinstance(gold, Quantity) and isinstance(answer, Quantity):
            return gold.unit == answer.unit and self.equal(gold.value, answer.value)
        if isinstance(gold, Quantity) and isinstance(answer, Expr):
            with_unit = parse(unit_letters(answer.tokens))
            if isinstance(with_unit, Quantity):
                return self._quantities(gold, with_unit)
        gold = gold.value if isinstance(gold, Quantity) else gold
        return self.equal(gold, answer.value if isinstance(answer, Quantity) else answer)

    def _each(self, gold: tuple[Value, ...], answer: tuple[Value, ...]) -> Ternary:
        if len(gold) != len(answer):
            return False
        return _all(map(self.equal, gold, answer))

    def _same_members(
        self, gold: tuple[Value, ...], answer: tuple[Value, ...], as_sets: bool
    ) -> Ternary:
        """Each has its equal on the other side; in a list, unlike a set, one of its own."""
        if not as_sets and len(gold) != len(answer):
            return False
        if _name_different(gold) != _name_different(answer):
            return self._each(gold, answer)  # x=1, y=2 is 1, 2 in that order
        if len(gold) * len(answer) > _MAX_PAIRS:
            return False
        pairs = [[self.equal(g, a) for a in answer] for g in gold]
        columns = [[row[j] for row in pairs] for j in range(len(answer))]
        found = _all(_any(line) for line in [*pairs, *columns])
        return found if as_sets or not found else _paired(pairs)

    def _ask(self, gold: Value, answer: Value) -> Ternary:
        """What the symbolic tier has no single reading for is not confirmed."""
        if not (readable(gold.tokens) and readable(answer.tokens)):
            return False
        if self._symbolic is None:
            return None
        try:
            return self._symbolic(gold, answer)
        except Unparsable as error:
            self.unparsable = error
            return False


def _all(parts: Iterable[Ternary]) -> Ternary:
    """Return False if any part is, else None if any is unknown, else True."""
    seen = set(parts)
    return False if False in seen else None if None in seen else True


def _any(parts: Iterable[Ternary]) -> Ternary:
    seen = set(parts)
    return True if True in seen else None if None in seen else False


def _set_like(value: Value) -> bool:
    if isinstance(value, Listing):
        return all(isinstance(item, Relation) for item in value.items)
    return isinstance(value, _SET_LIKE) and not (
        isinstance(value, Sequence) and len(value.items) != 2
    )


def _paired(pairs: list[list[Ternary]]) -> Ternary:
    """Whether each row has a column of its own; equality is transitive, so take the first."""
    free = set(range(len(pairs)))
    for row in pairs:
        partner = next((j for j in sorted(free) if row[j]), None)
        if partner is None:
            return None if any(cell is None for line in pairs for cell in line) else False
        free.remove(partner)
    return True


def _name_different(items: tuple[Value, ...]) -> bool:
    """Whether each item has a name of its own; `x_1` and `x_2` are two roots of one thing."""
    names = {item.name[0] for item in items if isinstance(item, Assigned)}
    return len(names) == len(items) > 1


def _and_or(gold: Listing, answer: Listing) -> bool:
    """`x<1 or x>5` is not `x<1 and x>5`; of numbers, `2 and 3` says the same as `2 or 3`."""
    words = {gold.joined, answer.joined}
    return words == {"and", "or"} and all(isinstance(v, Relation) for v in gold.items)


def _curve(value: Assigned) -> bool:
    return isinstance(value.value, Expr)
