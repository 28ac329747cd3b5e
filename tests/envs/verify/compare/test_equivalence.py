"""What is the same answer and what is not, from `data/{same,different}_answers.txt`.

Each row there is `gold | answer`. None of these labels is a matter of taste; the policy they follow
is in the docstring of `envs.verify.verify`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.verify import verify, verify_batch
from envs.verify.answer.parse import read
from envs.verify.compare.equivalence import decide

from ...counting import calls

DATA = Path(__file__).parents[1] / "data"


def rows(name):
    kind = ""
    for line in (DATA / f"{name}.txt").read_text().splitlines():
        if line.startswith("# "):
            kind = line[2:]
        elif line:
            gold, _, answer = line.partition(" | ")
            yield pytest.param(gold, answer, id=f"{kind}: {gold} | {answer}")


SAME = list(rows("same_answers"))
DIFFERENT = list(rows("different_answers"))


@pytest.mark.parametrize(("gold", "answer"), SAME)
def test_same(gold, answer):
    # A generous deadline: this is about labels, and other jobs share the machine.
    assert verify(gold, rf"\boxed{{{answer}}}", timeout=20).outcome == "correct"


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_different(gold, answer):
    assert not verify(gold, rf"\boxed{{{answer}}}").correct


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_different_the_other_way_round(gold, answer):
    assert not verify(answer, rf"\boxed{{{gold}}}").correct


def test_every_gold_equals_itself():
    golds = [row.values[0] for row in SAME + DIFFERENT]
    verdicts = verify_batch(golds, [rf"\boxed{{{gold}}}" for gold in golds])
    assert [g for g, v in zip(golds, verdicts, strict=True) if not v.correct] == []


def test_restating_an_equation_is_no_solution():
    assert not verify("x=5", r"\boxed{3x+2=17}").correct
    assert not verify(r"\pm 2", r"\boxed{x^2=4}").correct
    assert not verify("(2,3)", r"\boxed{x^2-5x+6<0}").correct
    assert not verify("x<3", r"\boxed{2x<6}").correct


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
    """An answer has at most 2,000 characters; `bench_long_text.py` has the seconds."""
    for gold in ("42", r"\sqrt{2}", r"\{1,2\}", "x"):
        assert (
            calls(decide, gold, answer) + calls(decide, answer, gold) < 600_000
        )  # 300 a character


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
        read(text).canonical()
