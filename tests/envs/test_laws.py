"""The contract, over every registered environment."""

from __future__ import annotations

import asyncio
import pickle
from importlib.util import find_spec

import gymnasium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import envs
from envs.check import INFO_KEYS, check_env

from .dataset.small_sets import kwargs_for

# What an environment needs that this machine may not have; its laws are skipped there.
NEEDS = {"reasoning/ReasoningGym-v0": "reasoning_gym"}
VARIANTS = [
    *((env_id, {}) for env_id in envs.env_ids()),
    ("reasoning/Addition-v0", {"digits": [1]}),
    ("reasoning/Addition-v0", {"digits": [25], "max_turns": 3}),
    ("reasoning/Quadratic-v0", {"levels": [4], "max_turns": 2, "feedback": "hint"}),
    ("reasoning/NumberTheory-v0", {"topics": ["remainder"], "feedback": "tool"}),
    ("reasoning/ReasoningGym-v0", {"dataset": "gsm_symbolic"}),
]


def variant(env_id, kwargs):
    needed = NEEDS.get(env_id)
    absent = needed is not None and find_spec(needed) is None
    skip = pytest.mark.skipif(absent, reason=f"{needed} is not installed")
    return pytest.param(env_id, kwargs, marks=skip)


VARIANTS = [variant(*pair) for pair in VARIANTS]
every_env = pytest.mark.parametrize(("env_id", "kwargs"), VARIANTS, ids=str, indirect=["kwargs"])


@pytest.fixture
def kwargs(request, env_id, tmp_path_factory):
    """What the variant gives, and the file that a data set needs."""
    return {**kwargs_for(env_id, tmp_path_factory.getbasetemp() / "sets"), **request.param}


# Anything, and things that look like answers.
LATEX = r"\boxed{ } { \frac \sqrt ( ) [ ] , ; = - + ^ _ 0 7 42 . % ! x i e & \\ $ | \cup \left \pm"
PIECES = [
    *LATEX.split(),
    *(r"\text{cm}", r"\text{or}", r"\begin{pmatrix}", r"\end{pmatrix}", " ", "\u221a", "\u00b2"),
    *("</think>", "<think>", "\ud800", "\x00"),
]
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=40).map(lambda p: r"\boxed{" + "".join(p) + "}"),
)


@every_env
def test_check_finds_nothing(env_id, kwargs):
    assert check_env(env_id, **kwargs) == []


@every_env
def test_oracle_pays_and_nothing_else_does(env_id, kwargs):
    env = envs.make(env_id, **kwargs)
    for index in range(20):
        env.reset(options={"index": index})
        assert env.step(rf"So it is \boxed{{{env.task.answer}}}.")[1:3] == (1.0, True)
        env.reset(options={"index": index})
        assert env.step(rf"\boxed{{{env.task.answer}7}}")[1] == 0.0  # not 1: 3/4 times 1


@every_env
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=TEXT)
def test_no_text_raises_or_breaks_the_schema(env_id, kwargs, text):
    env = envs.make(env_id, **kwargs)
    env.reset(options={"index": 0})
    feedback, reward, terminated, truncated, info = env.step(text)
    assert isinstance(feedback, str)
    assert type(reward) is float
    assert reward in (0.0, 1.0)
    assert info["verdict"] != "crash"
    assert not (terminated and truncated)
    assert tuple(info) == INFO_KEYS
    assert {type(value) for value in info.values()} <= {float, str}


@every_env
def test_async_step_says_the_same(env_id, kwargs):
    env = envs.make(env_id, **kwargs)
    for text in (r"\boxed{1}", "nothing"):
        env.reset(options={"index": 3})
        here = env.step(text)
        env.reset(options={"index": 3})
        there = asyncio.run(env.step_async(text))
        assert there[:4] == here[:4]
        assert {**there[4], "verify_ms": 0.0} == {**here[4], "verify_ms": 0.0}


@every_env
def test_pickle_keeps_an_open_episode(env_id, kwargs):
    env = envs.make(env_id, **kwargs)
    env.reset(options={"index": 5})
    copy = pickle.loads(pickle.dumps(env))
    assert copy.step(rf"\boxed{{{env.task.answer}}}")[1] == 1.0


@every_env
def test_reset_without_an_index_follows_the_seed(env_id, kwargs):
    first, second = envs.make(env_id, **kwargs), envs.make(env_id, **kwargs)
    questions = [env.reset(seed=7)[0] for env in (first, second)]
    following = [env.reset()[0] for env in (first, second)]
    assert questions[0] == questions[1]
    assert following[0] == following[1]


@every_env
def test_works_in_a_sync_vector_env(env_id, kwargs):
    vector = gymnasium.make_vec(env_id, num_envs=3, vectorization_mode="sync", **kwargs)
    questions, _ = vector.reset(seed=0)
    rewards = vector.step([r"\boxed{1}"] * 3)[1]
    assert len(set(questions)) == 3
    assert set(rewards) <= {0.0, 1.0}
