"""The computer algebra tier; imported in the limited worker only.

Two scalars are equal only if their difference is proven to be zero. Comparing digits would not do:
tiny numbers, or pi and a long decimal, would pass as equal. A cheap numeric test at a few points
comes first, and can only say no. Sets are equal if their parts are, with proof.
"""

from __future__ import annotations

import sympy

from ..answer.forms.expression import Expr
from ..answer.forms.number import Number
from ..answer.forms.quantity import Quantity
from ..answer.forms.statement import Assigned
from ..answer.parse import read
from ..answer.values import Value
from ..compare.equivalence import Unparsable
from ..compare.render import parsable
from .bounded import Unreadable
from .expression import expression
from .proof import same
from .relations import Statement, as_set, statements, variable
from .third_party import evaluated

_UNEVALUATED = {r"\sum", r"\prod", r"\int"}
_WARM_UP = (
    (r"\sqrt{8}", r"2 \sqrt{2}"),
    (r"\frac{x^2 - 1}{x - 1}", "x + 1"),
    (r"\sin^2 x + \cos^2 x", "1"),
    (r"\pi", r"\frac{22}{7}"),
    (r"\ln 8", r"3 \ln 2"),
    ("(-1, 1)", "|x| < 1"),
    ("x^2 + y^2 = 4", "4 = x^2 + y^2"),
    (r"\sum_{k=1}^{n} k", r"\frac{n(n+1)}{2}"),
)

__all__ = ["Unparsable", "confirm", "warm_up"]


def warm_up() -> None:
    """Fill the algebra system's caches: a cold first answer takes 0.3 s."""
    for gold, answer in _WARM_UP:
        confirm(gold, answer)


def confirm(gold: Value | str, answer: Value | str) -> bool:
    """Return whether two answers are provably equal; one equals itself if it can be read.

    Raises:
        Unparsable: either side cannot be read, or not in one way only.
    """
    g, a = (read(side) if isinstance(side, str) else side for side in (gold, answer))
    try:
        if g.tokens == a.tokens:
            return all(_reads(part) for part in g.expressions())
        if _is_scalar(g) and _is_scalar(a):
            return same(*_scalars(g, a))
        return _same_sets(g, a) if _writes_set(g) else _same_statements(g, a)
    except Unreadable as error:
        raise Unparsable from error


def _reads(value: Value) -> bool:
    return bool(
        _scalars(value, value) if _is_scalar(value) else _writes_set(value) or statements(value)
    )


def _is_scalar(value: Value) -> bool:
    return isinstance(value, Number | Expr | Quantity)


def _scalars(gold: Value, answer: Value) -> tuple[sympy.Expr, sympy.Expr]:
    """Read both sides; sums, products and integrals go to math-verify's reader."""
    if not _UNEVALUATED & {*gold.tokens, *answer.tokens}:
        return expression(gold.tokens), expression(answer.tokens)
    one, other = parsable(gold.tokens), parsable(answer.tokens)
    if one is None or other is None:
        raise Unreadable
    return evaluated(one), evaluated(other)


# ---- sets


def _writes_set(value: Value) -> bool:
    try:
        as_set(value)
    except Unreadable:
        return False
    return True


def _same_sets(gold: Value, answer: Value) -> bool:
    g, a = as_set(gold), as_set(answer)
    names = variable(gold), variable(answer)
    if None not in names and names[0] != names[1]:
        return False
    if g == a:
        return True
    parts = _parts(g), _parts(a)
    return len(parts[0]) == len(parts[1]) and all(
        any(_same_part(p, q) for q in parts[1]) for p in parts[0]
    )


def _parts(whole: sympy.Set) -> list[sympy.Set | sympy.Expr]:
    """Return disjoint intervals and single numbers."""
    if isinstance(whole, sympy.Union):
        return [part for piece in whole.args for part in _parts(piece)]
    return list(whole) if isinstance(whole, sympy.FiniteSet) else [whole]


def _same_part(one: sympy.Set | sympy.Expr, other: sympy.Set | sympy.Expr) -> bool:
    if isinstance(one, sympy.Expr) and isinstance(other, sympy.Expr):
        return same(one, other)
    if not (isinstance(one, sympy.Interval) and isinstance(other, sympy.Interval)):
        return False
    if (one.left_open, one.right_open) != (other.left_open, other.right_open):
        return False
    return same(one.start, other.start) and same(one.end, other.end)


# ---- equations and inequalities


def _same_statements(gold: Value, answer: Value) -> bool:
    """Whether each statement has a counterpart; only `x = 5` itself states the solution `x = 5`."""
    g, a = statements(gold), statements(answer)
    if isinstance(gold, Assigned) and not expression(gold.value.tokens).free_symbols:
        return False
    if len(g) != len(a):
        return False
    return all(any(_multiple(p, q) for q in a) for p in g) and all(
        any(_multiple(p, q) for p in g) for q in a
    )


def _multiple(one: Statement, other: Statement) -> bool:
    """Whether one is the other times a number, for an inequality a positive one."""
    if one.sign != other.sign or one.left == 0 or other.left == 0:
        return False
    if one.left.free_symbols != other.left.free_symbols:
        return False
    factor = sympy.simplify(one.left / other.left)
    if factor.free_symbols or not factor.is_finite or factor.is_zero is not False:
        return False
    return bool(one.sign in {"=", "!="} or factor.is_positive)
