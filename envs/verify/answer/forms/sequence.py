"""An ordered list in brackets: tuple, vector, open or closed interval."""

from __future__ import annotations

from dataclasses import dataclass

from ..brackets import enclosed, split
from ..tokens import Tokens
from ..values import Inner, Value
from .listing import COMMAS


@dataclass(frozen=True)
class Sequence(Value):
    """An ordered list; `brackets` is like `[)`."""

    brackets: str
    items: tuple[Value, ...]

    label = "a tuple or interval"
    must_agree = ("brackets", "The brackets are {given}, and should be {right}.")

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """Items between commas; parentheses around one item only group it."""
        brackets, within = enclosed(tokens) or ("", ())
        items = split(within, COMMAS)
        if not all(items) or "\\" in brackets:
            return None
        if brackets == "()" and len(items) == 1:
            return inner(within)
        return cls(tokens, brackets, tuple(map(inner, items)))

    @property
    def writes_set(self) -> bool:
        """Two items may be the ends of an interval."""
        return len(self.items) == 2
