"""Countdown: an answer is judged by what it computes and from which numbers."""

from __future__ import annotations

import itertools
import pickle
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs.base import Task
from envs.procedural.countdown import CountdownEnv

from .drawing import INDICES, pays, some, task_of

ENV = envs.make("reasoning/Countdown-v0")
CHECK = CountdownEnv().check
TASK = Task("Use each of the numbers 3, 5, 7 exactly once ... to make 22.", "3 * 5 + 7")


def asked(task):
    found = [int(n) for n in re.findall(r"\d+", task.question)]
    return found[:-1], found[-1]


def reachable(numbers):
    """Every value of every expression over these numbers, by brute force."""
    if len(numbers) == 1:
        return {Fraction(numbers[0])}
    values = set()
    for size in range(1, len(numbers)):
        for chosen in set(itertools.combinations(numbers, size)):
            rest = list(numbers)
            for n in chosen:
                rest.remove(n)
            for a, b in itertools.product(reachable(list(chosen)), reachable(rest)):
                values |= {a + b, a - b, a * b} | ({a / b} if b else set())
    return values


@some
@given(index=INDICES, level=st.integers(1, 2))
def test_the_target_can_be_reached(index, level):
    numbers, target = asked(task_of(ENV, index, level))
    assert len(numbers) == level + 2
    assert target in reachable(numbers)
    assert target - Fraction(1, 7919) not in reachable(numbers)


@pytest.mark.parametrize(
    "answer",
    [
        "3 * 5 + 7",
        "7+5*3",
        r"3 \times 5 + 7",
        r"3 \cdot 5 + 7",
        "(7 + (3 * 5))",
        r"\left(3 \cdot 5\right) + 7",
        "3 * 5 + 7 = 22",
        "7 - (-5 * 3)",
        "3 \u00d7 5 + 7",
    ],
)
def test_every_solution_pays(answer):
    assert CHECK(TASK, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "22",
        "3 * 5 + 7 + 0",
        "3 * 5 + 7 * 1",
        "3 * 5",
        "3 + 5 + 7",
        "5 + 5 + 5 + 7",
        "3 * 5 + 7 + 3 - 3",
        "35 - 13",
        "35 + 7",
        "3 5 + 7",
        "3 * 5 + 7 = 23",
        "22 = 3 * 5 + 7",
        "3 * 5 + 7 = 22 = 22",
        "3 ^ 5 + 7",
        "(3 * 5 + 7",
        "3 * 5 + 7)",
        "3(5) + 7",
        "3 * 5 + 07x",
        "\u0663 * 5 + 7",
        "3 * 5 + 7 / 0",
        "",
        "=",
        "= 22",
        "__import__('os').system('true')",
        "(lambda: 22)()",
        "3 * 5 + 7; import os",
        "9^9^9^9^9",
        "1/0",
        "(" * 10_000,
        "-" * 10_000 + "22",
        "3 * 5 + 7" + " " * 10_000,
        "\x00",
        "\ud800",
        "int('22')",
        "True * 22",
        "0x16",
        "2e1 + 2",
        "3 if 5 else 7",
    ],
)
def test_nothing_else_pays(answer):
    assert not CHECK(TASK, answer)


def test_powers_are_no_operation_here():
    task = Task("Use each of the numbers 2, 2 exactly once ... to make 4.", "2 + 2")
    assert CHECK(task, "2 * 2")
    assert not CHECK(task, "2 ^ 2")
    assert not CHECK(task, "2 ** 2")


@some
@given(text=st.text(st.characters(exclude_categories=()), max_size=60))
def test_no_text_raises(text):
    assert CHECK(TASK, text) is False


@some
@given(text=st.text("0123456789+-*/()^. {}\\frac", max_size=40))
def test_no_arithmetic_raises(text):
    assert CHECK(TASK, text) in (True, False)


@some
@given(index=INDICES, level=st.sampled_from(ENV.levels))
def test_the_target_alone_and_a_changed_number_do_not_pay(index, level):
    task = task_of(ENV, index, level)
    _, target = asked(task)
    assert pays(ENV, index, f"{task.answer} = {target}", level)
    assert not pays(ENV, index, target, level)
    changed = re.sub(r"\d+", lambda n: str(int(n.group()) + 1), task.answer, count=1)
    assert not pays(ENV, index, changed, level)


def test_check_runs_anywhere():
    """The limited worker gets a pickled copy."""
    check = pickle.loads(pickle.dumps(CountdownEnv())).check
    assert check(TASK, "7 + 3*5") is True
