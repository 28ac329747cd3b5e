r"""Values between colons: a ratio `5:6`, `\sqrt{2} : 1`, or a time of day `5:45`."""

from __future__ import annotations

from dataclasses import dataclass

from ..brackets import split
from ..tokens import Tokens
from ..values import Inner, Value


@dataclass(frozen=True)
class Colons(Value):
    """Two values or more; equal if all are, in order, for 6:4 may be a time."""

    parts: tuple[Value, ...]

    label = "a ratio or a time"

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """Numbers or expressions with colons between them."""
        sides = split(tokens, {":"})
        if len(sides) < 2 or not all(sides):
            return None
        parts = tuple(map(inner, sides))
        return cls(tokens, parts) if all(part.scalar for part in parts) else None
