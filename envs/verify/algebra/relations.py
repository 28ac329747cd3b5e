r"""Read intervals, unions, inequalities and equations; imported in the limited worker only.

A set of real numbers may be written as an interval, a union, a set builder, or as an inequality
that is solved: `0 < x \le 3`, `|x| < 1`, `x \ne 2`, `x < 1 \text{ or } x > 2`. What is not solved,
like `2x < 6`, is a statement; it equals another one that it is a multiple of.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import sympy
from sympy.core.function import AppliedUndef

from ..answer.brackets import split
from ..answer.forms.listing import Listing
from ..answer.forms.sequence import Sequence
from ..answer.forms.sets import Set, SetExpr
from ..answer.forms.statement import Assigned, Relation
from ..answer.parse import parse
from ..answer.tokens import Tokens
from ..answer.values import Value
from .bounded import Unreadable
from .expression import expression

_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_SIGNS = {
    "<": "<", r"\lt": "<", r"\le": "<=", ">": ">", r"\gt": ">", r"\ge": ">=", "=": "=",
    r"\ne": "!=",
}  # fmt: skip
_SUCH_THAT = {r"\mid", "|", ":"}


class Statement(NamedTuple):
    """`left sign 0`, with the sign one of >, >=, = and !=."""

    left: sympy.Expr
    sign: str


# ---- sets


def as_set(value: Value) -> sympy.Set:
    """Return the set of real numbers that `value` writes.

    Raises:
        Unreadable: it writes none, or an empty one by mistake, like `(3,1)`.
    """
    match value:
        case Assigned():
            return as_set(value.value)
        case Sequence() if len(value.items) == 2:
            return _interval(value)
        case Set():
            return sympy.FiniteSet(*(expression(item.tokens) for item in value.items))
        case SetExpr():
            return _combined(value)
        case Relation():
            return _intersection([_solved(*part) for part in _chain(value.tokens)])
        case Listing():
            return _joined(value)
    raise Unreadable


def _interval(value: Sequence) -> sympy.Set:
    low, high = (expression(item.tokens) for item in value.items)
    closed = value.brackets[0] == "[", value.brackets[1] == "]"
    for end, is_closed in zip((low, high), closed, strict=True):
        if end.is_extended_real is not True or (is_closed and end.is_infinite):
            raise Unreadable
    if (low < high) == sympy.false:
        raise Unreadable
    return sympy.Interval(low, high, not closed[0], not closed[1])


def _combined(value: SetExpr) -> sympy.Set:
    for operator, combine in (
        (r"\cup", lambda a, b: a | b),
        (r"\setminus", lambda a, b: a - b),
        (r"\cap", lambda a, b: a & b),
    ):
        parts = split(value.tokens, {operator})
        if 1 < len(parts) < 20:
            return functools.reduce(combine, (as_set(parse(part)) for part in parts))
    return _built(value)


def _built(value: SetExpr) -> sympy.Set:
    r"""Read `\{x \mid x > 3\}`; before the bar stand a name and at most `\in \mathbb{R}`."""
    if value.tokens[0] != r"\{":
        raise Unreadable
    inner = value.tokens[1:-1]
    bar = next((i for i, token in enumerate(inner) if token in _SUCH_THAT), 0)
    name, *domain = split(inner[:bar], {r"\in"})
    condition = as_set(parse(inner[bar + 1 :]))
    if len(name) != 1 or len(domain) > 1 or inner[bar + 1 :].count(name[0]) == 0:
        raise Unreadable
    return condition & as_set(parse(domain[0])) if domain else condition


def variable(value: Value) -> sympy.Symbol | None:
    """Return the variable of an inequality; None for a set that names none."""
    match value:
        case Assigned():
            return expression(value.name)
        case Relation():
            symbols = {s for side in split(value.tokens, set(_SIGNS)) for s in _symbols(side)}
            return symbols.pop() if len(symbols) == 1 else None
        case Listing():
            names = {variable(item) for item in value.items}
            return names.pop() if len(names) == 1 else None
    return None


def _symbols(tokens: Tokens) -> set[sympy.Symbol]:
    return set(expression(tokens).free_symbols)


def _joined(value: Listing) -> sympy.Set:
    parts = [as_set(item) for item in value.items if isinstance(item, Relation)]
    if len(parts) == len(value.items) and variable(value) is not None:
        if value.joined == "or":
            return sympy.Union(*parts)
        if value.joined == "and":
            return _intersection(parts)
    raise Unreadable


def _intersection(parts: list[sympy.Set]) -> sympy.Set:
    whole = sympy.Intersection(*parts)
    if whole is sympy.S.EmptySet:
        raise Unreadable
    return whole


def _solved(left: sympy.Expr, sign: str, right: sympy.Expr) -> sympy.Set:
    """Return the solutions of `x < c` or `|x| < c`, either way round."""
    if not left.free_symbols:
        left, sign, right = right, _MIRRORED[sign], left
    if right.free_symbols or right.is_extended_real is not True or sign == "=":
        raise Unreadable
    if isinstance(left, sympy.Abs) and left.args[0].is_Symbol and right.is_positive:
        below, above = _rays(-right, _MIRRORED[sign]), _rays(right, sign)
        return below & above if sign[0] == "<" else below | above
    if not (left.is_Symbol or isinstance(left, AppliedUndef)):  # x, or f(x)
        raise Unreadable
    return _rays(right, sign)


def _rays(end: sympy.Expr, sign: str) -> sympy.Set:
    below = sympy.Interval(-sympy.oo, end, True, sign != "<=")
    above = sympy.Interval(end, sympy.oo, sign != ">=", True)
    return {"<": below, "<=": below, ">": above, ">=": above}.get(sign, below | above)


# ---- statements


def statements(value: Value) -> list[Statement]:
    """Return what an equation or a chain of inequalities says, brought to one side."""
    found = []
    for left, sign, right in _chain(value.tokens):
        if sign[0] == "<":
            left, sign, right = right, _MIRRORED[sign], left
        found.append(Statement(left - right, sign))
    return found


def _chain(tokens: Tokens) -> list[tuple[sympy.Expr, str, sympy.Expr]]:
    sides = [expression(side) for side in split(tokens, set(_SIGNS))]
    signs = [_SIGNS[token] for token in tokens if token in _SIGNS]
    if not 0 < len(signs) == len(sides) - 1 < 4:
        raise Unreadable
    return list(zip(sides[:-1], signs, sides[1:], strict=True))
