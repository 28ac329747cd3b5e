"""What is the same answer and what is not, grouped by kind.

Each row is `gold | answer`. None of these labels is a matter of taste; the policy they follow is in
the docstring of `envs.verify.verify`.
"""

# ruff: noqa: RUF001
from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.verify import verify, verify_batch
from envs.verify.equivalence import decide, read
from envs.verify.values import canonical

SAME = {
    "integer": r"""
        42 | 42.
        42 | ~42
        42 | \mathbf{42}
        42 | **42**
        42 | \displaystyle 42
        42 | \text{42}
        5 | +5
        0 | -0
        42 | 42.0
        -3 | −3
        42 | \left(42\right)
        """,
    "thousands": r"""
        1000000 | 1\,000\,000
        1000000 | 1 000 000
        1000000 | 1{,}000{,}000
        1,234,567 | 1234567
        1000 | 1,000.00
        """,
    "fraction": r"""
        \frac{1}{2} | 1/2
        \frac{1}{2} | .5
        \frac{1}{2} | \frac12
        \frac{1}{2} | \frac{1}2
        \frac{1}{2} | ½
        -\frac{5}{4} | \frac{-5}{4}
        \frac{5}{-4} | -\frac54
        3\frac{1}{2} | 3 1/2
        \frac{11}{4} | 2 3/4
        -1\frac{1}{4} | -\frac{5}{4}
        \frac{7}{3} | 2.\overline{3}
        \frac{1}{3} | 0.\bar{3}
        \frac{1}{6} | 0.1\overline{6}
        """,
    "scientific": r"""
        1000000 | 1e6
        6.02\times 10^{23} | 6.02e23
        3\times 10^8 | 300000000
        3\times 10^8 | 3\cdot10^{8}
        0.00012 | 1.2E-4
        """,
    "percent": r"""
        0.25 | 25\%
        50\% | 0.5
        12.5\% | 1/8
        100\% | 1
        12.5\% | 12.5 \text{ percent}
        50\% | 50%
        """,
    "arithmetic": r"""
        1024 | 2^{10}
        1024 | 2^10
        3628800 | 10!
        10 | \binom{5}{2}
        4 | \sqrt{16}
        3 | \sqrt[3]{27}
        2 | 4^{1/2}
        42 | 6\cdot 7 = 42
        42 | x = 6 \cdot 7 = 42
        """,
    "surd": r"""
        \sqrt{8} | 2\sqrt{2}
        \sqrt{8} | 2√2
        \frac{\sqrt2}{2} | \frac{1}{\sqrt{2}}
        \sqrt{2}+\sqrt{3} | \sqrt{5+2\sqrt6}
        2+\sqrt3 | \sqrt{3}+2
        """,
    "constant": r"""
        2\pi | 2 \cdot \pi
        2\pi | 2π
        \frac{\pi}{2} | \frac\pi2
        \frac{\pi}{2} | 0.5\pi
        3 | \log_2 8
        1 | \ln e
        -1 | e^{i\pi}
        -1 | i^2
        \frac12 | \sin 30^\circ
        2+3i | 3i+2
        2\frac12\pi | \frac{5\pi}{2}
        """,
    "polynomial": r"""
        x^2+2x+1 | (x+1)^2
        a^2-b^2 | (a-b)(a+b)
        R^2-r^2 | (R-r)(R+r)
        \frac{n(n+1)}{2} | \frac{n^2+n}{2}
        \frac{a}{b} | a/b
        0.1x | \frac{x}{10}
        x\% | \frac{x}{100}
        """,
    "function": r"""
        e^{x+y} | e^x e^y
        1 | \sin^2 x+\cos^2 x
        \tan x | \frac{\sin x}{\cos x}
        2^{n+1} | 2\cdot 2^n
        n! | n(n-1)!
        \cos^2 x | \frac{1+\cos 2x}{2}
        2\cos 40^\circ | 2\sin 50^\circ
        \ln 8 | 3\ln 2
        \frac{n(n+1)}{2} | \sum_{k=1}^{n} k
        |x| | \sqrt{x^2}
        \frac{4}{3}\pi r^3 | \frac{4\pi r^3}{3}
        """,
    "assignment": r"""
        5 | x=5
        x=5 | 5
        x=5 | 5=x
        f(x)=x^2 | f(x) = x \cdot x
        y=2x+1 | y = 1+2x
        """,
    "equation": r"""
        (x-1)(x+2)=0 | x^2+x-2=0
        x\ge 5 | 5\le x
        """,
    "tuple": r"""
        (1,2) | \left( 1 , 2\right)
        (\frac12, 3) | (0.5,3)
        (1,\sqrt8) | (1, 2\sqrt2)
        """,
    "set": r"""
        \{1,2\} | \left\{2,1\right\}
        \{1,2\} | \{1,2,2\}
        \emptyset | \varnothing
        \emptyset | \{\}
        \{\sqrt8\} | \{2\sqrt2\}
        """,
    "list": r"""
        1,2 | 2,1
        \pm 2 | 2,-2
        1\pm\sqrt{2} | 1+\sqrt2, 1-\sqrt2
        x=1 \text{ or } x=2 | x=2, x=1
        """,
    "interval": r"""
        (-\infty,3] | x\le 3
        [0,1] | 0\le x\le 1
        (-1,1) | |x|<1
        (2,5) | 2<x<5
        [5,\infty) | x\ge5
        [0,1)\cup(2,3] | (2,3]\cup[0,1)
        (-\infty,-1)\cup(1,\infty) | |x|>1
        \mathbb{R} | (-\infty,\infty)
        [0,1] | x \in [0,1]
        """,
    "matrix": r"""
        \begin{pmatrix}1\\2\end{pmatrix} | \begin{bmatrix} 1 \\ 2\end{bmatrix}
        \begin{pmatrix}1&2\\3&4\end{pmatrix} | \begin{pmatrix}1.0&2\\3&\frac{8}{2}\\\end{pmatrix}
        \begin{pmatrix}\sqrt8\end{pmatrix} | \begin{pmatrix}2\sqrt2\end{pmatrix}
        """,
    "unit": r"""
        5\text{ cm} | 5 \, \mathrm{cm}
        5\text{ cm} | 5 cm
        25\text{ cm}^2 | 25 \text{ square centimeters}
        60\text{ mph} | 60\text{ miles per hour}
        60\text{ km/h} | 60 \text{ km per hour}
        45^\circ | 45\text{ degrees}
        90° | 90^{\circ}
        \$18 | 18\text{ dollars}
        2\sqrt{3}\text{ cm} | \sqrt{12}\text{ cm}
        """,
    "base": r"""
        1011_2 | 1011_{2}
        1011_2 | 1011_{\text{two}}
        2BF_{16} | 2BF_{16}
        12_{10} | 12
        """,
    "words": r"""
        \text{ellipse} | ellipse
        \text{ellipse} | \text{an ellipse}
        \text{Monday} | monday
        B | (B)
        B | \text{B}
        B | \textbf{(B)}
        """,
}
DIFFERENT = {
    "integer": r"""
        42 | 4200
        42 | 0.42
        42 | 42!
        42 | -42
        42 | 4 2
        6 | 4 2
        6x | 2x 4 3
        42 | \text{forty-two}
        42 | 42\ldots
        42 | 42?
        """,
    "decimal": r"""
        \frac{7}{3} | 2.3333333333
        \frac{1}{3} | 0.3333333333333333333333333
        0.25 | 0.2500001
        42 | 42.004
        1 | 0.999999999999999999999999999999999999
        """,
    "irrational": r"""
        2\sqrt{2} | 2.828427
        \pi | 3.141592653589793
        \pi | \frac{22}{7}
        e | 2.718281828459045
        \pi | 3.141592653589793238462643383279502884197169399375105820974944592
        \sqrt{2} | \frac{665857}{470832}
        \sqrt{2} | 1.4142135623730950488016887242096980785696718753769
        """,
    "tiny": r"""
        \frac{1}{2004!} | \frac{1}{2006!}
        \frac{1}{2^{99}} | \frac{1}{2^{98}}
        0.00000012 | 0.00000034
        10^{-50} | 10^{-40}
        \frac{\pi}{2^{99}} | \frac{\pi}{2^{98}}
        \frac{1}{x} | \frac{1}{x+10^{-30}}
        e^{-200} | e^{-201}
        \sqrt{2} | \sqrt2+10^{-70}
        10^{-70} | \sin(10^{-70})
        x | x+10^{-70}\pi
        """,
    "huge": r"""
        100000000000000000001 | 1.0\times 10^{20}
        10^{50} | 10^{50}+1
        42 | 10^{10^{10}}
        42 | 1e999
        42 | inf
        \infty | -\infty
        """,
    "percent": r"""
        50 | 50\%
        0.5 | 0.5\%
        """,
    "mixed": r"""
        -1\frac14 | -0.75
        2\frac{1}{2} | 1
        """,
    "letter": r"""
        E | e
        3X^2 | 3x^2
        Aa | a^2
        2x | 2X
        x_1 | x_2
        R_1+1 | r_1+1
        \Delta x | \delta x
        x | x'
        2^{n+1} | 2^n+1
        B | C
        """,
    "assignment": r"""
        42 | 7=42
        42 | x=7=42
        x=5 | y=5
        42 | 2x=42
        """,
    "relation": r"""
        x<3 | x\le 3
        x>3 | x<3
        [0,1] | 0<x<1
        y=2x | y=2x+1
        """,
    "bracket": r"""
        \{1,2\} | (1,2)
        \{1,2\} | (2,1)
        (3,4) | \{3,4\}
        (1,2) | 1,2
        (1,2) | (1,2,3)
        [1,2) | [1,2]
        (1,2) | [1,2]
        \{1,2\} | \{1,2,3\}
        \{1,2,3\} | \{1,2\}
        1,2 | 1,3
        1,2 | 1
        """,
    "hedge": r"""
        42 | 42, 43
        42 | 42 \pm 1
        42 | 42 \text{ or } 43
        42 | 42 \text{ and } 43
        """,
    "unit": r"""
        5\text{ cm} | 5\text{ m}
        60\text{ mph} | 60\text{ km/h}
        10\text{ m}^2 | 10\text{ m}
        10\text{ m}^2 | 10 \text{ cm}^2
        3\text{ hours} | 3\text{ minutes}
        12\text{ km} | 12\text{ kg}
        42 | 42\text{ million}
        """,
    "base": r"""
        101_2 | 101_3
        2516_8 | 2516_{9}
        5 | 101_2
        """,
    "words": r"""
        cat | act
        \text{Yes} | \text{No}
        5 | \text{five}
        """,
    "operator": r"""
        2+3i | 3+2i
        \log_2 3 | \log_3 2
        \sin x | \cos x
        \frac{3}{4} | \frac{4}{3}
        x^2+1 | x^2-1
        12:00 | 1:00
        12:30 | 2:5
        """,
    "matrix": r"""
        \begin{pmatrix}1\\2\end{pmatrix} | \begin{pmatrix}1&2\end{pmatrix}
        \begin{pmatrix}1&2\\3&4\end{pmatrix} | \begin{pmatrix}1&3\\2&4\end{pmatrix}
        \begin{pmatrix}1\\2\end{pmatrix} | (1,2)
        """,
}


def rows(table):
    for kind, text in table.items():
        for line in text.strip().splitlines():
            gold, _, answer = line.strip().partition(" | ")
            yield pytest.param(gold, answer, id=f"{kind}: {gold} | {answer}")


@pytest.mark.parametrize(("gold", "answer"), rows(SAME))
def test_same(gold, answer):
    assert verify(gold, rf"\boxed{{{answer}}}").verdict == "correct"


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_different(gold, answer):
    assert not verify(gold, rf"\boxed{{{answer}}}").correct


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_different_the_other_way_round(gold, answer):
    assert not verify(answer, rf"\boxed{{{gold}}}").correct


def test_every_gold_equals_itself():
    golds = [row.values[0] for table in (SAME, DIFFERENT) for row in rows(table)]
    verdicts = verify_batch(golds, [rf"\boxed{{{gold}}}" for gold in golds])
    assert [g for g, v in zip(golds, verdicts, strict=True) if not v.correct] == []


fractions = st.fractions(max_denominator=10**6)


@given(fractions, fractions)
def test_rationals_are_exact(p, q):
    def latex(x):
        return rf"\frac{{{x.numerator}}}{{{x.denominator}}}"

    assert decide(latex(p), f"{p}").correct is True
    assert decide(latex(p), latex(q)).correct is (p == q)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_decimals_are_exact(value):
    plain = f"{value:f}"
    assert decide(f"{value:E}", plain).correct is True
    assert decide(plain, f"{plain}1").correct is (value == 0 and plain.strip("-0.") == "1")


@given(st.lists(st.integers(-99, 99), min_size=2, max_size=5), st.randoms())
def test_order_matters_in_tuples_and_not_in_sets(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    one, other = ",".join(map(str, items)), ",".join(map(str, shuffled))
    assert decide(rf"\{{{one}\}}", rf"\{{{other}\}}").correct is True
    assert decide(f"({one})", f"({other})").correct is (items == shuffled)
    assert decide(f"({one})", rf"\{{{one}\}}").correct is False


@pytest.mark.parametrize(
    "answer",
    [
        r"9^{9^{9^{9}}}", r"9^9^9^9", r"10^{10^{10}}", "100000000!", "((((10!)!)!)!)!",
        r"\binom{100000000}{50000000}", "1e999999999", "1" * 2000, "(" * 900 + "1" + ")" * 900,
        r"\sqrt{" * 300 + "2" + "}" * 300, r"\frac{1}{" * 200 + "2" + "}" * 200, "-" * 1999,
        "1+" * 999 + "1", "2^" * 900 + "2", "{" * 900 + "}" * 900, "1," * 999 + "1",
        r"\{" + "x," * 900 + r"x\}", "x=" * 900 + "1", r"\text{" * 100, "a" * 2000, "&" * 2000,
        r"\pm" * 600, r"\sqrt[" * 300, "%" * 2000, "!" * 2000, r"2^{131071}",
        r"99!^{99}" * 20, r"\frac" * 400, "1_" * 900, "**" * 1000, "12 345 " * 250,
    ],
    ids=lambda answer: answer[:16],
)  # fmt: skip
def test_the_cheap_tiers_are_cheap(answer):
    for gold in ("42", r"\sqrt{2}", r"\{1,2\}", "x"):
        start = time.thread_time()  # not the wall clock: other jobs share this machine
        decide(gold, answer)
        decide(answer, gold)
        assert time.thread_time() - start < 0.5


LATEX = r"""
    { } \frac \sqrt ( ) [ ] , ; = - + ^ _ 0 7 42 . % ! x i e & \\ $ | \cup \pm \{ \} \in < > \left
    \right \text{cm} \text{or} \begin{pmatrix} \end{pmatrix} \binom \overline \mathbb{R} 1e5000 99
    1/2 \text{two} \$ ' \circ \infty A R
    """
PIECES = [*LATEX.split(), " ", "\ud800", "\x00"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=80).map("".join))
def test_nothing_that_looks_like_latex_raises(text):
    """Below the boundary that would turn a bug of ours into the verdict "crash"."""
    for gold in ("42", r"\sqrt{2}", r"\{1,2\}", "x=5", r"[0,1]"):
        decision = decide(gold, text)
        assert decision.correct in {True, False, None}
        assert decide(text, text).correct is (bool(read(text).tokens))
        canonical(read(text))
