"""Systems of linear equations."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs.procedural.linear_system import _equation, _solve
from envs.procedural.writing import rational

from .drawing import INDICES, pays, some, task_of

ENV = envs.make("reasoning/LinearSystem-v0")


def solved(task):
    """The solutions by sympy, from the text of the question."""
    text = task.question.removeprefix("Solve the system ").partition(". Answer")[0]
    names = task.question.partition("tuple (")[2].partition(")")[0].split(", ")
    unknowns = sympy.symbols(names)
    equations = []
    for equation in text.split(", "):
        for name in names:
            equation = equation.replace(name, f"*{name}").replace(" *", " 1*").lstrip("*")
        equation = equation.replace("-*", "-1*").replace("(*", "(")
        left, right = equation.split(" = ")
        equations.append(sympy.sympify(left) - sympy.sympify(right))
    return list(sympy.linsolve(equations, unknowns))


@some
@given(index=INDICES, level=st.sampled_from(ENV.levels))
def test_the_answer_is_the_one_solution(index, level):
    task = task_of(ENV, index, level)
    (solution,) = solved(task)
    values = [Fraction(int(x.p), int(x.q)) for x in solution]
    assert task.answer == f"({', '.join(map(rational, values))})"
    assert len(values) == 2 + (level - 1) // 2
    if level % 2:
        assert all(x.denominator == 1 for x in values)


def test_elimination_by_hand():
    rows = [[Fraction(n) for n in row] for row in ([0, 2, 6], [3, 1, 9])]
    assert _solve(rows) == [
        "Swap equations 1 and 2.",
        "From 2y = 6: y = 3.",
        "From 3x + y = 9: x = 2.",
    ]
    assert _solve([[Fraction(n) for n in row] for row in ([1, 2, 3], [2, 4, 6])]) is None


def test_equations_have_whole_coefficients():
    assert _equation([1, 2], [Fraction(1, 2), Fraction(1, 3)]) == [6, 12, 7]


@pytest.mark.parametrize("level", [2, 4])
def test_fractions_occur_at_even_levels(level):
    assert any("frac" in task_of(ENV, index, level).answer for index in range(10))


def test_forms_of_the_answer():
    index = next(i for i in range(99) if "frac" not in task_of(ENV, i, 1).answer)
    x, y = task_of(ENV, index, 1).answer.strip("()").split(", ")
    assert pays(ENV, index, rf"\left({x}.0, \frac{{{2 * int(y)}}}{{2}}\right)", 1)
    for wrong in (f"({y}, {x}, 0)", f"({x}, {y}+1)", f"[{x}, {y}]", f"({x} + 0, {y})", f"{x}"):
        assert not pays(ENV, index, wrong, 1), wrong
