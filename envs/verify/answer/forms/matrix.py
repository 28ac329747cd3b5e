"""A matrix or column vector, in round or square brackets."""

from __future__ import annotations

from dataclasses import dataclass

from ..brackets import enclosed, split
from ..tokens import Tokens
from ..values import Inner, Value

_BARE = {f"\\begin{{{name}}}" for name in ("matrix", "smallmatrix", "array")}
_TIMES = {"*", r"\cdot", r"\times"}
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
        at = next((i for i, token in enumerate(tokens) if token in _BEGINS), 0)
        if at and tokens[-1].startswith(r"\end"):
            return cls._scaled(tokens, at, inner)
        begin, end = (tokens[0], tokens[-1]) if tokens else ("", "")
        if begin not in _BEGINS or end != begin.replace("begin", "end"):
            return None
        rows = split(tokens[1:-1], {r"\cr"})
        if not rows[-1]:
            rows.pop()
        cells = tuple(tuple(map(inner, split(row, {"&"}))) for row in rows)
        return cls(tokens, cells) if len({len(row) for row in cells}) == 1 else None

    @classmethod
    def _scaled(cls, tokens: Tokens, at: int, inner: Inner) -> Value | None:
        """A number times a matrix is the matrix of the products."""
        factor = tokens[:at]
        if factor[-1] in _TIMES:
            factor = factor[:-1]
        plain = cls.read(tokens[at:], inner)
        if factor == ("-",):
            factor = ("-", "1")
        if not isinstance(plain, Matrix) or not factor or not inner(factor).scalar:
            return None
        return cls(
            tokens,
            tuple(
                tuple(inner(("(", *factor, ")", r"\cdot", "(", *cell.tokens, ")")) for cell in row)
                for row in plain.rows
            ),
        )
