"""The symbolic tier's own reader and proofs: one reading or none, and no yes without proof."""

from __future__ import annotations

import random

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, E, I, Rational, asin, cos, exp, log, oo, pi, sin, sqrt

from envs.verify.algebra.bounded import Unreadable
from envs.verify.algebra.confirm import confirm
from envs.verify.algebra.expression import expression
from envs.verify.algebra.proof import same
from envs.verify.algebra.relations import as_set
from envs.verify.answer.parse import read
from envs.verify.answer.tokens import tokenize
from envs.verify.compare.equivalence import Unparsable

x, y, n, a, b = sympy.symbols("x y n a b", real=True)

READINGS = [
    ("2x", 2 * x),
    ("-x^2", -(x**2)),
    ("x^{-1}", 1 / x),
    ("2^{3^2}x", 512 * x),
    ("0.1x", x / 10),
    (r"2\frac12 x", Rational(5, 2) * x),
    (r"\frac{x}{2}y", x * y / 2),
    (r"x/2 \cdot y", x * y / 2),
    (r"2\pi/3", 2 * pi / 3),
    (r"x(x+1)", x * (x + 1)),
    (r"a(b+1)", a * (b + 1)),
    (r"\sqrt[3]{-8}", sympy.Integer(-2)),
    (r"\sqrt[3]{x}", x ** Rational(1, 3)),
    (r"\sqrt{-4}", 2 * I),
    (r"\sin 2x", sin(2 * x)),
    (r"\sin x \cos x", sin(x) * cos(x)),
    (r"\sin(x)y", sin(x) * y),
    (r"\sin(x)^2", sin(x) ** 2),
    (r"\sin^2 x", sin(x) ** 2),
    (r"\sin x^2", sin(x**2)),
    (r"\sin^{-1} x", asin(x)),
    (r"\cos 60^\circ", Rational(1, 2)),
    (r"\ln 2 / \ln 3", log(2) / log(3)),
    (r"\log_2 3 \cdot \log_3 4", log(3) / log(2) * log(4) / log(3)),
    (r"\log_{2}(x)", log(x) / log(2)),
    (r"\log 100", log(100) / log(10)),
    (r"\ln x^2", log(x**2)),
    (r"e^{-x}", exp(-x)),
    ("||x|-1|", Abs(Abs(x) - 1)),
    ("|x||y|", Abs(x) * Abs(y)),
    (r"\lfloor x \rfloor", sympy.floor(x)),
    (r"x\%", x / 100),
    ("n!", sympy.factorial(n)),
    ("x_1^2", sympy.Symbol("x_1", real=True) ** 2),
    ("i^2", sympy.Integer(-1)),
    ("e", E),
    (r"f(x+1)", sympy.Function("f")(x + 1)),
    (r"I(0)", sympy.Function("I")(0)),
    (r"\max(1,2)", sympy.Integer(2)),
    ("x^-1", 1 / x),
    (r"2 \cdot -x", -2 * x),
    (r"(-1) 3 x", -3 * x),
    (r"\ln{\left(x\right)}^{2}", log(x) ** 2),
]
SEVERAL_READINGS = [
    "1/2x", "x/2y", r"3/4\pi", r"1/2(x+1)", "x^2^3", r"\ln 2/3", r"\cos 2 \cdot x", r"\sin x(1+y)",
    r"\cos x e^x", r"\sin 2 i", "x 2", "x!!", r"2^n!", r"\ln^{-1} x", r"\sin^2(x)^2",
]  # fmt: skip
NO_READING = [
    "", "x+", r"\frac{1}{0}x", "0^0", r"\infty-\infty", "(x", "|x", r"\sqrt", "x_", "2^{10^{10}}x",
    r"x^{9^{9^9}}", r"(10^8)!x", r"\binom{100000000}{5}x", "(" * 200 + "x" + ")" * 200, r"\sin",
    r"x<3", r"\text{cm}", r"\log_2", "f(", "f(x", r"x \cdot", "{x",
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), READINGS)
def test_one_reading(text, meaning):
    assert expression(tokenize(text)) == meaning


@pytest.mark.parametrize("text", SEVERAL_READINGS + NO_READING)
def test_none_or_several_readings(text):
    with pytest.raises(Unreadable):
        expression(tokenize(text))


def test_what_cannot_be_read_is_not_confirmed():
    for text in SEVERAL_READINGS:
        with pytest.raises(Unparsable):
            confirm("x", text)


numbers = st.integers(-9, 9).map(str)
leaves = st.sampled_from(["x", "y", "2", "7", r"\pi", "e", "i", "x_1", "0.5"])
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", r"\cdot "]), inner).map(
            lambda t: f"({t[0]}{t[1]}{t[2]})"
        ),
        st.tuples(inner, inner).map(lambda t: rf"\frac{{{t[0]}}}{{({t[1]}+3.25)}}"),
        inner.map(lambda t: rf"\sin({t})"),
        inner.map(lambda t: rf"({t})^{{2}}"),
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(trees)
def test_what_is_built_from_readable_parts_is_readable(text):
    value = expression(tokenize(text))
    assert value == expression(tokenize(f"{{({text})}}"))


def grown(rng, depth):
    """A random expression of sympy."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice([x, y, n, pi, E, Rational(rng.randrange(-9, 10), rng.randrange(1, 6))])
    one, other = grown(rng, depth - 1), grown(rng, depth - 1)
    sums = [one + other, one - other, one * other, one ** rng.randrange(4)]
    functions = [sin(one), cos(one) ** 2, exp(one), sqrt(one**2 + 1), log(one**2 + 2)]
    return rng.choice([*sums, *functions, 1 / (one**2 + 1)])


def test_what_sympy_prints_is_read_back():
    """Symbolic answers of environments are often printed by it, with every bracket it thinks of."""
    rng = random.Random(0)
    for _ in range(200):
        value = grown(rng, 4)
        found = expression(tokenize(sympy.latex(value, ln_notation=True)))
        assert found == value or sympy.simplify(found - value) == 0, (value, found)


EQUAL = [
    (log(3) / log(2) * log(4) / log(3), sympy.Integer(2)),
    (sympy.atan(2) + sympy.atan(3), 3 * pi / 4),
    (log(x**2), 2 * log(Abs(x))),
    (sqrt(5 + 2 * sqrt(6)), sqrt(2) + sqrt(3)),
    (cos(2 * pi / 7) + cos(4 * pi / 7) + cos(6 * pi / 7), Rational(-1, 2)),
    (4 * sympy.atan(Rational(1, 5)) - sympy.atan(Rational(1, 239)), pi / 4),
    (sin(x) ** 2 + cos(x) ** 2, sympy.Integer(1)),
    ((2 + sqrt(5)) ** Rational(1, 3) - (sqrt(5) - 2) ** Rational(1, 3), sympy.Integer(1)),
]
TINY = Rational(1, 10**70)
UNEQUAL = [
    (sympy.atan(2) + sympy.atan(3), -pi / 4),  # the same tangent, another angle
    (sympy.atan(2) + sympy.atan(3), 7 * pi / 4),
    (sqrt(2), sqrt(2) + TINY),
    (x, x + TINY),
    (pi, pi + TINY),
    (log(x**2), 2 * log(x)),
    (sqrt(x**2), x),
    (TINY, TINY / 2),
    (oo, -oo),
    (oo, sympy.Integer(10) ** 100),
    (log(2) * log(3), log(6)),
    (exp(pi * sqrt(163)), sympy.Integer(262537412640768744)),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_proven(one, other):
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(("one", "other"), UNEQUAL)
def test_not_proven(one, other):
    assert not same(one, other)
    assert not same(other, one)


def test_agreement_to_all_digits_is_no_proof(monkeypatch):
    monkeypatch.setattr("envs.verify.algebra.proof._agree", lambda one, other: True)
    for one, other in UNEQUAL:
        assert not same(one, other)


SETS = [
    ("x<3", sympy.Interval.open(-oo, 3)),
    (r"3\ge x", sympy.Interval(-oo, 3)),
    (r"1<x\le2", sympy.Interval.Lopen(1, 2)),
    ("|x|<2", sympy.Interval.open(-2, 2)),
    (r"x\ne2", sympy.Union(sympy.Interval.open(-oo, 2), sympy.Interval.open(2, oo))),
    (r"x<1\text{ or }x>2", sympy.Union(sympy.Interval.open(-oo, 1), sympy.Interval.open(2, oo))),
    (r"x>1\text{ and }x<2", sympy.Interval.open(1, 2)),
    (r"\{x\mid x>3\}", sympy.Interval.open(3, oo)),
    (r"\{x\in\mathbb{R}: x\ge 0\}", sympy.Interval(0, oo)),
    (
        r"\mathbb{R}\setminus\{1\}",
        sympy.Union(sympy.Interval.open(-oo, 1), sympy.Interval.open(1, oo)),
    ),
    (r"(0,2)\cap(1,3)", sympy.Interval.open(1, 2)),
]
NO_SETS = [
    "(3,1)", r"[-\infty,1]", "2x<6", "|x-2|<1", "x^2<4", "x<y", "x=3", "x<1,x>2", r"2<x<1",
    r"x<1\text{ and }x>2", r"x<1\text{ or }y>2", "(i,2)", "(1,2,3)", r"\{y\mid x>3\}", r"|x|<-1",
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), SETS)
def test_sets(text, meaning):
    assert as_set(read(text)) == meaning


@pytest.mark.parametrize("text", NO_SETS)
def test_no_set_or_no_solved_inequality(text):
    with pytest.raises(Unreadable):
        as_set(read(text))
