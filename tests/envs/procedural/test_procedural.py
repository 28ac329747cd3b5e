"""What all procedural environments have in common: levels, solutions, hints, many tasks."""

from __future__ import annotations

import hashlib
import re

import pytest

import envs
from envs.errors import EnvConfigError

from .drawing import pays, task_of, tasks

IDS = [
    "reasoning/Arithmetic-v0",
    "reasoning/Countdown-v0",
    "reasoning/Derivative-v0",
    "reasoning/LinearSystem-v0",
    "reasoning/NumberTheory-v0",
    "reasoning/Quadratic-v0",
]
every_env = pytest.mark.parametrize("env_id", IDS)


@every_env
def test_every_level_can_be_asked_for_and_is_reported(env_id):
    env = envs.make(env_id)
    assert list(env.levels) == list(range(1, len(env.levels) + 1))
    for level in env.levels:
        _, info = env.reset(options={"index": 7, "level": float(level)})
        assert info["difficulty"] == level
        assert info["task_id"] == f"train/0/7/{level}"


@every_env
def test_levels_are_drawn_alike(env_id):
    env = envs.make(env_id, levels=[1, 3])
    drawn = [task_of(env, index).difficulty for index in range(200)]
    assert set(drawn) == {1.0, 3.0}
    assert 60 < drawn.count(1.0) < 140


@every_env
def test_higher_levels_take_more_writing(env_id):
    """The worked solution is the work: it grows from the first level to the last."""
    top = envs.make(env_id).levels[-1]
    low, high = (
        sum(len(task.solution) + len(task.answer) for task in tasks(env_id, level))
        for level in (1, top)
    )
    assert high > 1.2 * low


@every_env
def test_solutions_end_in_the_boxed_answer_and_pay(env_id):
    env = envs.make(env_id)
    for level in env.levels:
        for index in range(10):
            task = task_of(env, index, level)
            assert task.solution.endswith(rf"So the answer is \boxed{{{task.answer}}}.")
            assert env.step(task.solution)[1] == 1.0
            assert pays(env, index, task.answer, level)


@every_env
def test_tasks_do_not_run_out(env_id):
    for level in envs.make(env_id).levels:
        questions = {task.question for task in tasks(env_id, level, 200)}
        assert len(questions) > 150, level


@every_env
def test_hints_help_without_numbers_of_their_own(env_id):
    """A number in a hint must stand in the question: then it cannot be the answer."""
    for level in envs.make(env_id).levels:
        for task in tasks(env_id, level, 20):
            assert task.hint
            body = task.hint.replace("b^2 - 4ac", "").replace("1/2", "")
            assert set(re.findall(r"\d+", body)) <= set(re.findall(r"\d+", task.question))


@every_env
@pytest.mark.parametrize("levels", [[], [0], [99], [1.5], ["1"], [True]])
def test_bad_levels_are_refused(env_id, levels):
    with pytest.raises(EnvConfigError, match="levels must hold whole numbers from 1 to"):
        envs.make(env_id, levels=levels)


@every_env
def test_a_level_outside_is_refused(env_id):
    env = envs.make(env_id, levels=[1, 2])
    with pytest.raises(EnvConfigError, match=r"level must be one of \(1, 2\); got 3"):
        env.reset(options={"level": 3})


def test_an_environment_without_levels_says_so():
    class Bare(envs.base.ReasoningEnv):
        def sample_task(self, rng):
            return envs.base.Task(f"{rng.random()}", "1")

    with pytest.raises(EnvConfigError, match="has no levels"):
        Bare().reset(options={"level": 3})


@every_env
def test_the_pinned_first_tasks(env_id):
    """Changing how tasks are drawn changes every experiment: bump the env's version instead."""
    questions = [task_of(envs.make(env_id), index).question for index in range(5)]
    digest = hashlib.sha256(repr(questions).encode()).hexdigest()
    assert digest[:12] == PINNED[env_id]


PINNED = {
    "reasoning/Arithmetic-v0": "645f037a4c09",
    "reasoning/Countdown-v0": "119a43b6bf58",
    "reasoning/Derivative-v0": "2605af208b47",
    "reasoning/LinearSystem-v0": "28a6acbff6d8",
    "reasoning/NumberTheory-v0": "47d0eae947cb",
    "reasoning/Quadratic-v0": "4c19bc91e438",
}
