"""Shared by the tests of the procedural environments."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

import envs

INDICES = st.integers(min_value=0, max_value=10**6)
some = settings(max_examples=40, deadline=None)


def task_of(env, index, level=None):
    options = {"index": index} if level is None else {"index": index, "level": level}
    env.reset(seed=0, options=options)
    return env.task


def pays(env, index, answer, level=None):
    task_of(env, index, level)
    return env.step(rf"\boxed{{{answer}}}")[1] == 1.0


def tasks(env_id, level, count=40, **kwargs):
    env = envs.make(env_id, **kwargs)
    return [task_of(env, index, level) for index in range(count)]
