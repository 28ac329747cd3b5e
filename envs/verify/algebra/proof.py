r"""Whether two expressions are equal, by proof; imported in the limited worker only.

Numbers at a few points only ever say no. A yes comes from algebra alone:

    expand, simplify           polynomials, surds, trigonometric identities
    logarithms of primes       \log_2 3 \cdot \log_3 4 = 2
    sine of the difference     \arctan 2 + \arctan 3 = 3\pi/4
    minimal polynomial         nested radicals, \cos\frac{\pi}{7} and its kin
    exponentials               half angles, \tanh x = (e^{2x} - 1)/(e^{2x} + 1)
    positive letters           \sqrt{1/n} = 1/\sqrt n, where both are no real numbers elsewhere
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import sympy

_DIGITS = 60
_TOLERANCE = sympy.Rational(1, 10**45)
_POINTS = (sympy.Rational(37, 29), sympy.Rational(101, 43), sympy.Rational(19, 71))
_INFINITE = (sympy.oo, -sympy.oo, sympy.zoo)
_INVERSES = (sympy.asin, sympy.acos, sympy.atan, sympy.acot, sympy.asec, sympy.acsc)


def same(one: sympy.Expr, other: sympy.Expr) -> bool:
    """Return whether the two are proven equal wherever both are defined."""
    if one == other:
        return True
    if one.has(*_INFINITE) or other.has(*_INFINITE) or not _agree(one, other):
        return False
    difference = one - other
    return any(proves_zero(difference) for proves_zero in _PROOFS)


# ---- no


def _agree(one: sympy.Expr, other: sympy.Expr) -> bool:
    """Return whether no test point tells the two apart."""
    symbols = sorted(one.free_symbols | other.free_symbols, key=str)
    return all(
        _close(*(side.subs(_point(symbols, shift)) for side in (one, other)))
        for shift in range(len(_POINTS) if symbols else 1)
    )


def _point(symbols: list[sympy.Symbol], shift: int) -> dict[sympy.Symbol, sympy.Rational]:
    return {s: _POINTS[(i + shift) % len(_POINTS)] + i for i, s in enumerate(symbols)}


def _close(one: sympy.Expr, other: sympy.Expr) -> bool:
    a, b = sympy.N(one, _DIGITS), sympy.N(other, _DIGITS)
    if not (a.is_number and b.is_number) or sympy.nan in (a, b):
        return True  # nothing was measured; the proof has to come from elsewhere
    if not (a.is_finite and b.is_finite):
        return bool(a == b)
    return bool(abs(a - b) <= _TOLERANCE * max(abs(a), abs(b)))


# ---- yes


def _by_expanding(difference: sympy.Expr) -> bool:
    return bool(sympy.expand(difference) == 0)


def _by_simplifying(difference: sympy.Expr) -> bool:
    return bool(sympy.simplify(difference) == 0)


def _by_logarithms(difference: sympy.Expr) -> bool:
    """Write logarithms in terms of those of primes; an identity in these unknowns is proven."""
    difference = difference.replace(_is_log_of_square, _of_modulus)
    logs = {log for log in difference.atoms(sympy.log) if _is_small_fraction(log.args[0])}
    in_primes = {log: sympy.expand_log(log, force=True, factor=True) for log in logs}
    written = difference.xreplace(in_primes)
    unknown = {log: sympy.Dummy(positive=True) for log in written.atoms(sympy.log)}
    return bool(sympy.simplify(written.xreplace(unknown)) == 0)


def _is_log_of_square(part: sympy.Expr) -> bool:
    argument = part.args[0] if isinstance(part, sympy.log) else sympy.S.One
    return bool(argument.is_Pow and argument.base.is_extended_real and argument.exp.is_even is True)


def _of_modulus(log: sympy.log) -> sympy.Expr:
    return log.args[0].exp * sympy.log(abs(log.args[0].base))


def _is_small_fraction(value: sympy.Expr) -> bool:
    return bool(value.is_Rational and value.is_positive and max(value.p, value.q) < 10**12)


def _by_sine(difference: sympy.Expr) -> bool:
    """A difference of angles below 1 in size whose sine is 0 is 0."""
    if difference.free_symbols or not difference.atoms(*_INVERSES):
        return False
    if not abs(sympy.N(difference, 30)) < 1:
        return False
    return bool(sympy.simplify(sympy.expand_trig(sympy.sin(difference))) == 0)


def _by_minimal_polynomial(difference: sympy.Expr) -> bool:
    if difference.free_symbols or not difference.is_algebraic:
        return False
    x = sympy.Dummy()
    return bool(sympy.minimal_polynomial(difference, x) == x)


_CIRCULAR = (sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc)
_HYPERBOLIC = (sympy.sinh, sympy.cosh, sympy.tanh)


def _by_exponentials(difference: sympy.Expr) -> bool:
    if not (difference.free_symbols and difference.atoms(*_CIRCULAR, *_HYPERBOLIC)):
        return False
    top = sympy.numer(sympy.together(sympy.powsimp(difference.rewrite(sympy.exp))))
    return bool(sympy.simplify(sympy.expand(top)) == 0)


def _by_positive_letters(difference: sympy.Expr) -> bool:
    """Real letters taken for positive, if any other sign leaves no real number on either side."""
    letters = sorted((s for s in difference.free_symbols if s.is_real), key=str)
    parts = difference.args if difference.is_Add else ()
    if not 0 < len(letters) < 4 or not parts or len(letters) < len(difference.free_symbols):
        return False
    for signs in itertools.product((1, -1), repeat=len(letters)):
        point = {
            s: sign * _POINTS[i] for i, (s, sign) in enumerate(zip(letters, signs, strict=True))
        }
        if min(signs) < 0 and any(_may_be_real(part.subs(point)) for part in parts):
            return False
    positive = {s: sympy.Dummy(positive=True) for s in letters}
    return bool(sympy.simplify(difference.xreplace(positive)) == 0)


def _may_be_real(value: sympy.Expr) -> bool:
    return sympy.N(value, 30).is_real is not False


_PROOFS: tuple[Callable[[sympy.Expr], bool], ...] = (
    _by_expanding, _by_simplifying, _by_logarithms, _by_sine, _by_minimal_polynomial,
    _by_exponentials, _by_positive_letters,
)  # fmt: skip
