r"""One exact rational number: `42`, `-\frac{3}{4}`, `12.5\%`, `2^{10}`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..numbers import NotRational, TooBig, rational
from ..tokens import Tokens
from ..values import Inner, Value

_LARGEST_SHOWN = 10**300


@dataclass(frozen=True)
class Number(Value):
    """An exact rational number."""

    value: Fraction

    label = "an exact number"
    scalar = True
    exact = True

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """Return the number, or `Huge` for one that is too large."""
        try:
            return cls(tokens, rational(tokens))
        except TooBig:
            return Huge(tokens)
        except NotRational:
            return None

    def canonical(self) -> str:
        """Return the fraction in lowest terms."""
        shown = max(map(abs, self.value.as_integer_ratio())) < _LARGEST_SHOWN
        return str(self.value) if shown else super().canonical()


@dataclass(frozen=True)
class Huge(Value):
    """A number too large to write out; equal only to itself as written."""

    label = "a number too large to write out"
