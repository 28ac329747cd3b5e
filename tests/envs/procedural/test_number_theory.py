"""Greatest common divisors, remainders, prime factors."""

from __future__ import annotations

import re
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs.errors import EnvConfigError

from .drawing import INDICES, pays, some, task_of

ENVS = {
    topic: envs.make("reasoning/NumberTheory-v0", topics=[topic])
    for topic in ("gcd", "remainder", "factors")
}


def numbers(text):
    return [int(n) for n in re.findall(r"\d+", text)]


@some
@given(index=INDICES, level=st.integers(1, 3))
def test_gcd_by_trying_every_divisor(index, level):
    task = task_of(ENVS["gcd"], index, level)
    a, b = numbers(task.question)
    assert int(task.answer) == max(d for d in range(1, min(a, b, 10**5) + 1) if a % d == b % d == 0)


@some
@given(index=INDICES, level=st.integers(1, 6))
def test_remainder_by_multiplying_on(index, level):
    task = task_of(ENVS["remainder"], index, level)
    base, exponent, modulus = numbers(task.question)
    value = 1
    for _ in range(exponent):
        value = value * base % modulus
    assert int(task.answer) == value
    assert task.choices == modulus


@some
@given(index=INDICES, level=st.integers(1, 6))
def test_factors_are_primes_in_order_and_multiply_to_the_number(index, level):
    task = task_of(ENVS["factors"], index, level)
    factors = numbers(task.answer)
    assert prod(factors) == numbers(task.question)[0]
    assert factors == sorted(factors)
    assert all(all(p % d for d in range(2, p)) for p in factors)
    assert len(factors) == level + 1


def test_every_step_of_a_solution_is_true():
    for topic, env in ENVS.items():
        for index in range(30):
            steps = task_of(env, index).solution
            for left, right in re.findall(r"([\d*]+) = ([\d*+ ]+)\.", steps):
                assert eval(left) == eval(right), (topic, steps)  # our own text


def test_the_number_itself_is_no_factorisation():
    task = task_of(ENVS["factors"], 0, 2)
    number, factors = numbers(task.question)[0], numbers(task.answer)
    for answer in (number, "*".join(map(str, factors)), f"({factors[0]}, {number // factors[0]})"):
        assert not pays(ENVS["factors"], 0, answer, 2), answer


def test_the_question_again_is_no_answer():
    a, b = numbers(task_of(ENVS["gcd"], 0).question)
    assert not pays(ENVS["gcd"], 0, rf"\gcd({a}, {b})")
    base, exponent, modulus = numbers(task_of(ENVS["remainder"], 0).question)
    assert not pays(ENVS["remainder"], 0, rf"{base}^{{{exponent}}} \bmod {modulus}")


@pytest.mark.parametrize("topics", [[], ["primes"], ["gcd", "lcm"]])
def test_bad_topics_are_refused(topics):
    with pytest.raises(EnvConfigError, match="topics must be among"):
        envs.make("reasoning/NumberTheory-v0", topics=topics)
