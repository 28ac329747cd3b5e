"""Derivatives."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from math_verify import LatexExtractionConfig, parse

import envs
from envs.procedural.derivative import Function, _factor, _product

from .drawing import INDICES, pays, task_of

ENV = envs.make("reasoning/Derivative-v0")


def read(latex):
    return parse(f"${latex}$", [LatexExtractionConfig()], parsing_timeout=None)[0]


def function_of(task):
    return read(task.question.removeprefix("Differentiate f(x) = ").removesuffix("."))


def value(expression, at):
    (symbol,) = expression.free_symbols or {sympy.Symbol("x")}
    return complex(sympy.N(expression.subs(symbol, at), 40))


@settings(max_examples=25, deadline=None)
@given(index=INDICES, level=st.sampled_from(ENV.levels))
def test_difference_quotients_approach_the_answer(index, level):
    task = task_of(ENV, index, level)
    function, slope = function_of(task), read(task.answer)
    h = sympy.Rational(1, 10**9)
    for at in (sympy.Rational(7, 5), sympy.Rational(23, 10)):
        expected = value(slope, at)
        ends = [sympy.N(function.subs(*function.free_symbols, at + s), 60) for s in (h, -h)]
        quotient = complex((ends[0] - ends[1]) / (2 * h))
        assert np.isclose(quotient, expected, rtol=1e-6, atol=1e-9), task.question


@pytest.mark.parametrize("level", ENV.levels)
def test_any_form_of_the_derivative_pays(level):
    for index in range(2):
        function = function_of(task_of(ENV, index, level))
        derivative = sympy.diff(function, *function.free_symbols)
        for form in (derivative.doit(), sympy.expand(derivative)):
            assert pays(ENV, index, sympy.latex(form, ln_notation=True), level)
        assert not pays(ENV, index, sympy.latex(2 * derivative, ln_notation=True), level)


def test_what_is_not_yet_differentiated_is_no_answer():
    task = task_of(ENV, 0, 1)
    body = task.question.removeprefix("Differentiate f(x) = ").removesuffix(".")
    for answer in (rf"\frac{{d}}{{dx}}({body})", rf"({body})'", body, r"f'(x)"):
        assert not pays(ENV, 0, answer, 1), answer
    assert pays(ENV, 0, f"f'(x) = {task.answer}", 1)


def test_the_product_rule_by_hand():
    f, g = Function("x^{2} + 1", "2x"), Function(r"\sin\left(x\right)", r"\cos\left(x\right)")
    assert _product(f, g) == Function(
        r"\left(x^{2} + 1\right) \sin\left(x\right)",
        r"2x \sin\left(x\right) + \left(x^{2} + 1\right) \cos\left(x\right)",
    )


def test_brackets_only_around_sums():
    assert _factor("3x^{2}") == "3x^{2}"
    assert _factor(r"e^{x + 1}") == r"e^{x + 1}"
    assert _factor("-3x") == r"\left(-3x\right)"
