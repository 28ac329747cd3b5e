"""A scalar expression with letters, roots or functions: what no other form recognises."""

from __future__ import annotations

from dataclasses import dataclass

from ..values import Value


@dataclass(frozen=True)
class Expr(Value):
    """A scalar expression; algebra alone compares it."""

    label = "an expression"
    scalar = True
    algebraic = True
