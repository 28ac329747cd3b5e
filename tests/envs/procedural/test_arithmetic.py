"""Mixed expressions with exact rationals."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs.procedural import expressions
from envs.procedural.writing import rational

from .drawing import INDICES, pays, some, task_of

ENV = envs.make("reasoning/Arithmetic-v0")


def expression_of(task):
    return task.question.removeprefix("What is ").removesuffix(", exactly?")


@pytest.mark.parametrize(
    ("expression", "text", "value"),
    [
        (("*", ("+", 2, 3), 4), "(2 + 3) * 4", 20),
        (("+", ("*", 2, 3), 4), "2 * 3 + 4", 10),
        (("-", 7, ("-", 4, 1)), "7 - (4 - 1)", 4),
        (("-", ("-", 7, 4), 1), "7 - 4 - 1", 2),
        (("/", 8, ("/", 4, 2)), "8 / (4 / 2)", 4),
        (("/", 8, ("*", 4, 2)), "8 / (4 * 2)", 1),
        (("*", 8, ("/", 4, 2)), "8 * 4 / 2", 16),
        (("+", ("/", 1, 2), ("/", 1, 3)), "1 / 2 + 1 / 3", Fraction(5, 6)),
    ],
)
def test_written_and_worked_out_by_hand(expression, text, value):
    assert expressions.write(expression) == text
    assert expressions.work_out(expression)[0] == value


def test_the_solution_goes_one_operation_at_a_time():
    _, steps = expressions.work_out(("+", ("/", ("-", 2, 7), 3), 4))
    assert steps == ["2 - 7 = -5.", "(-5) / 3 = -5/3.", "(-5/3) + 4 = 7/3."]


def test_rationals_are_written_in_lowest_terms():
    assert [rational(Fraction(*q)) for q in ((6, 3), (-2, 4), (5, -10))] == [
        "2",
        r"-\frac{1}{2}",
        r"-\frac{1}{2}",
    ]


@some
@given(index=INDICES, level=st.sampled_from(ENV.levels))
def test_another_algebra_system_agrees(index, level):
    task = task_of(ENV, index, level)
    value = sympy.Rational(sympy.sympify(expression_of(task), rational=True))
    assert task.answer == rational(Fraction(int(value.p), int(value.q)))
    numbers = [
        int(token)
        for token in "".join(c if c.isdigit() else " " for c in expression_of(task)).split()
    ]
    assert len(numbers) == level + 2
    assert max(numbers) <= 5 + 5 * level


@some
@given(index=INDICES)
def test_equal_numbers_pay_and_copies_do_not(index):
    task = task_of(ENV, index, 3)
    value = Fraction(sympy.Rational(sympy.sympify(expression_of(task), rational=True)))
    assert pays(ENV, index, f"{3 * value.numerator}/{3 * value.denominator}", 3)
    assert not pays(ENV, index, expression_of(task), 3)
    assert not pays(ENV, index, f"{expression_of(task)} + 0", 3)
    assert not pays(ENV, index, value + 1, 3)
