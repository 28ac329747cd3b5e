"""Column addition."""

from __future__ import annotations

import re

import pytest

import envs
from envs.errors import EnvConfigError


@pytest.mark.parametrize("digits", [1, 2, 4, 30])
def test_the_question_has_that_many_digits_and_the_answer_is_the_sum(digits):
    env = envs.make("reasoning/Addition-v0", digits=[digits])
    for index in range(50):
        question, info = env.reset(options={"index": index})
        a, b = re.fullmatch(r"What is ([1-9]\d*)\+([1-9]\d*)\?", question).groups()
        assert len(a) == len(b) == digits == info["difficulty"]
        assert env.task.answer == str(int(a) + int(b))


def test_every_level_occurs():
    env = envs.make("reasoning/Addition-v0")
    levels = {env.reset(options={"index": i})[1]["difficulty"] for i in range(60)}
    assert levels == {1.0, 2.0, 3.0, 4.0}


def test_the_solution_adds_column_by_column():
    env = envs.make("reasoning/Addition-v0", digits=[2])
    solutions = {}
    for index in range(300):
        question, _ = env.reset(options={"index": index})
        solutions[question] = env.task.solution
        for left, right in re.findall(r"(\d\+\d(?:\+1)?)=(\d+)\.", env.task.solution):
            assert sum(map(int, left.split("+"))) == int(right)
    pauses = sum("Wait, let me check the carry." in s for s in solutions.values())
    assert 0.1 < pauses / len(solutions) < 0.5
    question, solution = next((q, s) for q, s in solutions.items() if "Wait" not in s)
    a, b = re.findall(r"\d+", question)
    assert solution.startswith(f"Let me add {a} and {b}. {a[1]}+{b[1]}=")
    assert solution.endswith(rf"So the answer is \boxed{{{int(a) + int(b)}}}.")


@pytest.mark.parametrize("digits", [[], [0], [1.5], ["2"]])
def test_bad_digits_are_refused(digits):
    with pytest.raises(EnvConfigError, match="digits"):
        envs.make("reasoning/Addition-v0", digits=digits)
