"""Arithmetic on sympy's expressions that refuses what would take long to write out."""

from __future__ import annotations

import sympy

from ..answer.numbers import MAX_BITS, MAX_FACTORIAL


class Unreadable(Exception):
    """The text has no reading here, or more than one."""


def quotient(top: sympy.Expr, bottom: sympy.Expr) -> sympy.Expr:
    """Return the quotient; division by zero is refused."""
    if bottom == 0:
        raise Unreadable
    return top / bottom


def raised(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    """Return the power, unless it is a rational number too long to write out."""
    if base == 0 and not exponent.is_positive:
        raise Unreadable
    if base.is_Rational and exponent.is_Rational:
        bits = max(int(n).bit_length() for n in (base.p, base.q))
        if bits > 1 and bits * abs(exponent) > MAX_BITS:
            raise Unreadable
    return base**exponent


def factorial(value: sympy.Expr) -> sympy.Expr:
    """Return the factorial of a small whole number or of a variable."""
    if value.is_number and not (value.is_Integer and 0 <= value <= MAX_FACTORIAL):
        raise Unreadable
    return sympy.factorial(value)


def binomial(n: sympy.Expr, k: sympy.Expr) -> sympy.Expr:
    """Return the binomial coefficient of a small number or of a variable."""
    if n.is_number and abs(n) > MAX_FACTORIAL:
        raise Unreadable
    return sympy.binomial(n, k)


def gcd(*numbers: sympy.Expr) -> sympy.Expr:
    """Return the greatest common divisor of integers; that of letters is not known."""
    return sympy.gcd(_integers(numbers))


def lcm(*numbers: sympy.Expr) -> sympy.Expr:
    """Return the least common multiple of integers."""
    return sympy.lcm(_integers(numbers))


def _integers(numbers: tuple[sympy.Expr, ...]) -> list[sympy.Expr]:
    if not all(number.is_Integer for number in numbers):
        raise Unreadable
    return list(numbers)
