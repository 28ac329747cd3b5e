"""What every form of answer says about itself, and what a comparison offers it in return.

A form is a frozen class in `forms/`. It keeps the tokens it was read from, so that what no cheap
rule decides can still be handed to algebra. Nothing outside its file needs to know it by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from .tokens import Tokens, display

Ternary = bool | None
"""True, False, or None for "only algebra can tell"."""


class Comparison(Protocol):
    """One comparison of a correct answer with another; a form asks it about its parts."""

    def equal(self, gold: Value, answer: Value) -> Ternary:
        """Return whether two parts are the same answer."""

    def fields(self, gold: Any, answer: Any) -> Ternary:
        """Return whether two fields are the same: values, tuples of them, or plain data."""

    def members(self, gold: Values, answer: Values, *, as_sets: bool) -> Ternary:
        """Return whether two lists have the same members; sets count equal ones once."""

    def ask(self, gold: Value, answer: Value) -> Ternary:
        """Let algebra decide; None where there is none."""

    def parse(self, tokens: Tokens) -> Value:
        """Return the value that some tokens of a form write by themselves."""


@dataclass(frozen=True)
class Value:
    """An answer as it was understood; a subclass is a form of answer and has a classmethod `read`.

    Attributes:
        tokens: how it was written.
        label: what a person calls this form, such as "a set".
        precedence: of two different forms, the one with the higher precedence compares them; forms
            that wrap another value have one above 0.
        scalar: it is one number or expression, which algebra can compare with any other.
        exact: it is compared by its exact value.
        algebraic: only algebra can tell whether another spelling is the same answer.
        must_agree: a field that must be equal, and what to say of an answer where it is not.
    """

    tokens: Tokens

    label: ClassVar[str]
    precedence: ClassVar[int] = 0
    scalar: ClassVar[bool] = False
    exact: ClassVar[bool] = False
    algebraic: ClassVar[bool] = False
    must_agree: ClassVar[tuple[str, str]] = ("label", "")

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """Return whether two answers are the same; `self` is one of them.

        Two of one form are if all their fields are; two scalars or two sets if algebra says so.
        """
        if type(gold) is type(answer) and not self.algebraic:
            mine, theirs = (list(vars(side).values())[1:] for side in (gold, answer))
            return bool(mine) and all_of(
                compare.fields(*pair) for pair in zip(mine, theirs, strict=True)
            )
        scalars = gold.scalar and answer.scalar
        sets = gold.writes_set and answer.writes_set
        return compare.ask(gold, answer) if scalars or sets else False

    @property
    def writes_set(self) -> bool:
        """Whether it can be read as a set of real numbers, such as an interval."""
        return False

    def given_name(self) -> Tokens:
        """Return the name that it gives to its value, `x` of `x = 5`; () for none."""
        return ()

    def given_value(self) -> Value:
        """Return what its name is given; itself where it gives no name."""
        return self

    def by_letter(self) -> dict[str, Value]:
        """Return the values of `x = 5, y = 6` by letter, in alphabetical order; {} for others."""
        return {}

    def canonical(self) -> str:
        """Return a short text that is equal for answers that are trivially the same."""
        return display(self.tokens)

    def difference(self, answer: Value) -> str:
        """Return in one sentence how an answer of the same form differs, "" if no field says it."""
        field, sentence = self.must_agree
        right, given = getattr(self, field), getattr(answer, field)
        shown = {"right": _joined(right), "given": _joined(given)}
        return sentence.format_map(shown) if given != right else ""

    def expressions(self) -> Iterator[Value]:
        """Yield the parts that only algebra can compare."""
        if self.algebraic:
            yield self
        else:
            yield from (found for part in _parts(vars(self)) for found in part.expressions())


Values = tuple[Value, ...]
Inner = Callable[[Tokens], Value]
"""Reads the parts of a form."""


def _joined(field: Any) -> str:
    return "".join(field) if isinstance(field, tuple) else str(field)


def _parts(holder: Any) -> Iterator[Value]:
    """Yield the values held by fields of a form, also those in tuples and tuples of tuples."""
    for held in holder.values() if isinstance(holder, dict) else holder:
        if isinstance(held, Value):
            yield held
        elif isinstance(held, tuple):
            yield from _parts(held)


def all_of(parts: Iterable[Ternary]) -> Ternary:
    """Return False if any part is False, else None if any is unknown, else True."""
    seen = set(parts)
    return False if False in seen else None if None in seen else True


def any_of(parts: Iterable[Ternary]) -> Ternary:
    """Return True if any part is True, else None if any is unknown, else False."""
    seen = set(parts)
    return True if True in seen else None if None in seen else False
