"""A matrix or column vector, in round or square brackets."""

from __future__ import annotations

from dataclasses import dataclass

from ..brackets import enclosed, split
from ..tokens import Tokens
from ..values import Inner, Value

_BARE = {f"\\begin{{{name}}}" for name in ("matrix", "smallmatrix", "array")}
_BEGINS = {r"\begin{pmatrix}", r"\begin{bmatrix}"} | _BARE


@dataclass(frozen=True)
class Matrix(Value):
    """A rectangle of values; round and square brackets are the same, determinant bars are not."""

    rows: tuple[tuple[Value, ...], ...]

    label = "a matrix"

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """Rows of equal length, with or without brackets written around the environment."""
        if tokens[:1] in {("(",), ("[",)} and tokens[1:2] and tokens[1] in _BARE:
            found = enclosed(tokens)
            return cls.read(found[1], inner) if found else None
        begin, end = (tokens[0], tokens[-1]) if tokens else ("", "")
        if begin not in _BEGINS or end != begin.replace("begin", "end"):
            return None
        rows = split(tokens[1:-1], {r"\cr"})
        if not rows[-1]:
            rows.pop()
        cells = tuple(tuple(map(inner, split(row, {"&"}))) for row in rows)
        return cls(tokens, cells) if len({len(row) for row in cells}) == 1 else None
