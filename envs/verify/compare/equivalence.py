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

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..answer.forms.listing import Unordered
from ..answer.parse import parse, read
from ..answer.rewrites import grouped_digits
from ..answer.tokens import Tokens
from ..answer.values import Ternary, Value, Values, all_of, any_of
from .render import readable

Symbolic = Callable[[Value, Value], bool]

_MAX_PAIRS = 2500


class Unparsable(Exception):
    """The symbolic tier finds no reading of an answer, or more than one."""


@dataclass(frozen=True)
class Decision:
    """`correct` is None where only the symbolic tier can tell; `tier` is what decided."""

    correct: Ternary
    tier: str


def decide(gold: str, answer: str, symbolic: Symbolic | None = None) -> Decision:
    """Return whether `answer` equals `gold`; `symbolic(gold, answer)` settles what is left open.

    Raises:
        Unparsable: not equal, as something could not be read by the symbolic tier.
    """
    g, a = read(gold), read(answer)
    if "," in gold and (groups := grouped_digits(answer)):
        if groups == grouped_digits(gold):  # 70,110 and 70, 110 are written the same
            return Decision(True, "string")
        if isinstance(g, Unordered):  # against a list, 256,81 is one too
            a = read(groups.replace(",", ", "))
    if g.tokens == a.tokens:
        return Decision(bool(g.tokens), "string")
    cheap = Walk(None).equal(g, a)
    if cheap is not None:
        return Decision(cheap, "exact" if g.exact and a.exact else "typed")
    walk = Walk(symbolic)
    correct = walk.equal(g, a)
    if correct is False and walk.unparsable:
        raise walk.unparsable
    return Decision(correct, "symbolic")


class Walk:
    """One comparison (`values.Comparison`): it walks two values side by side."""

    def __init__(self, symbolic: Symbolic | None) -> None:
        self._symbolic = symbolic
        self.unparsable: Unparsable | None = None

    def equal(self, gold: Value, answer: Value) -> Ternary:
        """Return whether two values are the same; the form of higher precedence says so."""
        if gold.tokens == answer.tokens:
            return True
        form = gold if gold.precedence >= answer.precedence else answer
        return form.same(gold, answer, self)

    def fields(self, gold: Any, answer: Any) -> Ternary:
        """Return whether two fields are the same: values, tuples in order, or plain data."""
        if isinstance(gold, tuple) and isinstance(answer, tuple):
            return len(gold) == len(answer) and all_of(map(self.fields, gold, answer))
        if isinstance(gold, Value) and isinstance(answer, Value):
            return self.equal(gold, answer)
        return bool(gold == answer)

    def members(self, gold: Values, answer: Values, *, as_sets: bool) -> Ternary:
        """Return whether each member has an equal on the other side, in a list one of its own."""
        if not as_sets and len(gold) != len(answer):
            return False
        if _name_different(gold) != _name_different(answer):
            return self.fields(gold, answer)  # x=1, y=2 is 1, 2 in that order
        if len(gold) * len(answer) > _MAX_PAIRS:
            return False
        pairs = [[self.equal(g, a) for a in answer] for g in gold]
        columns = [[row[j] for row in pairs] for j in range(len(answer))]
        found = all_of(any_of(line) for line in [*pairs, *columns])
        return found if as_sets or not found else _paired(pairs)

    def ask(self, gold: Value, answer: Value) -> Ternary:
        """Let the symbolic tier decide; what it cannot read in exactly one way is not confirmed."""
        if not (readable(gold.tokens) and readable(answer.tokens)):
            return False
        if self._symbolic is None:
            return None
        try:
            return self._symbolic(gold, answer)
        except Unparsable as error:
            self.unparsable = error
            return False

    def parse(self, tokens: Tokens) -> Value:
        """Return the value that `tokens` write by themselves."""
        return parse(tokens)


def _paired(pairs: list[list[Ternary]]) -> Ternary:
    """Whether every row finds a column of its own; any will do, since equality is transitive."""
    free = set(range(len(pairs)))
    for row in pairs:
        partner = next((j for j in sorted(free) if row[j]), None)
        if partner is None:
            return None if any(cell is None for line in pairs for cell in line) else False
        free.remove(partner)
    return True


def _name_different(items: tuple[Value, ...]) -> bool:
    """Whether each item has a name of its own; `x_1` and `x_2` are two roots of one thing."""
    names = {name[0] for item in items if (name := item.given_name())}
    return len(names) == len(items) > 1
