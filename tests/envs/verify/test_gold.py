"""Which correct answers are accepted."""

from __future__ import annotations

import pytest

from envs.verify import gold_problem


@pytest.mark.parametrize(
    "gold",
    [
        "42", r"\frac{3}{4}", r"2\sqrt{2}", "x^2 - 1", "(1, 2)", r"\{x, 1\}", "x=5", "5 cm",
        r"\begin{pmatrix}x&1\\2&3\end{pmatrix}", "x<3", "Evelyn", r"\boxed{7}", "101_2", "(A)",
        r"\sum_{k=1}^{n} k",
    ],
)  # fmt: skip
def test_good_ones(gold):
    assert gold_problem(gold) == ""


@pytest.mark.parametrize(
    ("gold", "problem"),
    [
        ("", "empty"),
        ("  ", "empty"),
        (r"\,", "nothing is left"),
        (r"\frac{1}{2", "braces"),
        ("}", "braces"),
        (r"1 \boxed{2} 3 \boxed{", "braces"),
        ("1" * 2001, "longer than 2000"),
        (r"(\frac{}{x}, 2)", "cannot read"),
        ("x +", "cannot read"),
    ],
)
def test_bad_ones_say_why(gold, problem):
    assert problem in gold_problem(gold)
