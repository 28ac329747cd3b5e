"""Which correct answers are accepted."""

from __future__ import annotations

import pytest

from envs.verify import gold_problem, gold_text, without_grouping


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


def test_a_gold_that_breaks_the_verifier_is_told(monkeypatch):
    def fails(text):
        raise ValueError("Invalid literal")

    monkeypatch.setattr("envs.verify.gold.read", fails)
    assert gold_problem("7") == "the verifier fails on it (ValueError: Invalid literal)"


@pytest.mark.parametrize(
    ("cell", "gold"),
    [
        (" 42 ", "42"),
        (7, "7"),
        (43.0, "43"),
        (0.25, "0.25"),
        (["42"], "42"),
        (["1", 2.0, "x"], "1, 2, x"),
        (["(1,2)", "(3,4)"], "(1,2), (3,4)"),
        (["1,250", "2"], "1250, 2"),
        (["1,250"], "1,250"),
        ('["1", "2"]', "1, 2"),
        ("[1, 2]", "[1, 2]"),
        ("[1, 2)", "[1, 2)"),
    ],
)
def test_the_gold_of_a_cell(cell, gold):
    assert gold_text(cell) == gold


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (None, "empty"),
        ([], "empty"),
        (["1", ""], "empty"),
        (True, "bool"),
        ({"a": "1"}, "dict"),
        ([["1"], ["2"]], "list of lists"),
        ([{"a": "1"}], "list of lists"),
        (["1, 2", "3"], "list again"),
        (float("inf"), "no number"),
    ],
)
def test_cells_that_state_no_gold(cell, problem):
    with pytest.raises(ValueError, match=problem):
        gold_text(cell)


def test_without_grouping():
    assert without_grouping("-1,250,000.5") == "-1250000.5"
    assert without_grouping("12,50") == "12,50"
