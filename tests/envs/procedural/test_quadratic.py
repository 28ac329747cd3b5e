"""Quadratic equations."""

from __future__ import annotations

import re

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs.procedural.quadratic import _root_set

from .drawing import INDICES, pays, some, task_of

ENV = envs.make("reasoning/Quadratic-v0")
X = sympy.Symbol("x", real=True)


def equation_of(task):
    text = task.question.removeprefix("Find all real roots of ").partition(" = 0")[0]
    return sympy.sympify(re.sub(r"(\d)x", r"\1*x", text).replace("{2}", "2"), {"x": X})


def roots_of(answer):
    r"""Our own reading of \{...\}, by sympy from Python text."""
    body = answer.removeprefix(r"\{").removesuffix(r"\}")
    if body == r"\emptyset":
        return set()
    body = re.sub(r"\\sqrt\{(\d+)\}", r"*sqrt(\1)", body)
    body = re.sub(r"\\frac\{([^{}]*)\}\{(\d+)\}", r"(\1)/\2", body)
    body = re.sub(r"(?<!\d)\*", "", body)
    return {sympy.nsimplify(sympy.sympify(part)) for part in body.split(", ")}


@pytest.mark.parametrize(
    ("a", "b", "c", "roots"),
    [
        (1, -5, 6, r"\{2, 3\}"),
        (2, -3, 1, r"\{\frac{1}{2}, 1\}"),
        (1, -2, -1, r"\{1 - \sqrt{2}, 1 + \sqrt{2}\}"),
        (1, 0, -8, r"\{-2\sqrt{2}, 2\sqrt{2}\}"),
        (2, -6, 3, r"\{\frac{3 - \sqrt{3}}{2}, \frac{3 + \sqrt{3}}{2}\}"),
        (4, 4, 1, r"\{-\frac{1}{2}\}"),
        (1, 1, 1, r"\emptyset"),
        (-1, 0, 4, r"\{-2, 2\}"),
    ],
)
def test_root_sets_by_hand(a, b, c, roots):
    assert _root_set(a, b, c) == roots


@some
@given(index=INDICES, level=st.sampled_from(ENV.levels))
def test_the_roots_solve_the_equation_and_are_all(index, level):
    task = task_of(ENV, index, level)
    equation, roots = equation_of(task), roots_of(task.answer)
    assert all(sympy.expand(equation.subs(X, root)) == 0 for root in roots)
    assert len(roots) == len(sympy.real_roots(sympy.Poly(equation, X), multiple=True)) or (
        len(roots) == 1 and sympy.discriminant(equation, X) == 0
    )


def test_levels_have_the_kinds_they_promise():
    answers = {n: [task_of(ENV, i, n).answer for i in range(60)] for n in ENV.levels}
    assert not any("frac" in a or "sqrt" in a for a in answers[1])
    assert any("frac" in a for a in answers[2])
    assert not any("sqrt" in a for a in answers[2])
    assert all("sqrt" in a for a in answers[3])
    assert {r"\emptyset"} < set(answers[4])
    assert any("," not in a and "empty" not in a for a in answers[4])


def test_forms_of_a_surd():
    index = next(i for i in range(99) if task_of(ENV, i, 3).answer.count("frac") == 2)
    (low, high) = sorted(roots_of(task_of(ENV, index, 3).answer), key=float)
    a, b, c = sympy.Poly(equation_of(task_of(ENV, index, 3)), X).all_coeffs()
    middle, below = rf"\frac{{{-b}}}{{{2 * a}}}", 2 * a
    assert pays(ENV, index, rf"\{{{sympy.latex(high)}, {sympy.latex(low)}\}}", 3)
    assert pays(ENV, index, rf"{middle} \pm \frac{{\sqrt{{{b * b - 4 * a * c}}}}}{{{below}}}", 3)
    plugged_in = rf"{middle} \pm \frac{{\sqrt{{{b}^2 - 4 \cdot {a} \cdot {c}}}}}{{{below}}}"
    assert not pays(ENV, index, plugged_in, 3)
    assert not pays(ENV, index, rf"\{{{sympy.latex(high)}\}}", 3)


def test_rational_roots_leave_no_square_root():
    index = next(i for i in range(99) if max(roots_of(task_of(ENV, i, 1).answer)) > 9)
    task = task_of(ENV, index, 1)
    root = max(roots_of(task.answer))
    square_root = task.answer.replace(f"{root}", rf"\sqrt{{{root * root}}}")
    assert not pays(ENV, index, square_root, 1)
    assert envs.verify.verify(task.answer, rf"\boxed{{{square_root}}}").correct
