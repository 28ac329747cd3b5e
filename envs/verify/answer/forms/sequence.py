"""An ordered list in brackets: tuple, vector, open or closed interval."""

from __future__ import annotations

from dataclasses import dataclass

from ..brackets import enclosed, split
from ..tokens import Tokens
from ..values import Comparison, Inner, Ternary, Value
from .listing import COMMAS


@dataclass(frozen=True)
class Sequence(Value):
    """An ordered list; `brackets` is like `[)`."""

    brackets: str
    items: tuple[Value, ...]

    label = "a tuple or interval"
    precedence = 1
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

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """`(5, 6)` is `x = 5, y = 6`, with its letters in alphabetical order."""
        for one, other in ((gold, answer), (answer, gold)):
            if isinstance(one, Sequence) and one.brackets == "()" and other.by_letter():
                values = tuple(other.by_letter().values())
                pair = (one.items, values) if one is gold else (values, one.items)
                return compare.fields(*pair)
        return super().same(gold, answer, compare)

    @property
    def writes_set(self) -> bool:
        """Two items may be the ends of an interval."""
        return len(self.items) == 2
