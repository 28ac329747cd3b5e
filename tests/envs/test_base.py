"""Episodes: turns, feedback, options and what is refused."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys

import gymnasium
import numpy as np
import pytest

import envs
from envs.base import ReasoningEnv, Task
from envs.errors import EnvConfigError, EnvContractError, EpisodeError


class Echo(ReasoningEnv):
    """`check` does what the answer says."""

    def sample_task(self, rng):
        return Task(f"Say {rng.integers(10**9)}", "5")

    def check(self, task, answer):
        return {"yes": True, "no": False, "one": 1}[answer]


@pytest.fixture
def addition():
    return envs.make("reasoning/Addition-v0", max_turns=3)


def test_a_wrong_answer_earns_feedback_and_another_try(addition):
    addition.reset(seed=0)
    feedback, reward, terminated, truncated, info = addition.step(r"\boxed{-1}")
    assert "not correct" in feedback
    assert (reward, terminated, truncated, info["turn"]) == (0.0, False, False, 1.0)
    assert "no final answer" in addition.step("no idea")[0]
    feedback, reward, terminated, _, info = addition.step(rf"\boxed{{{addition.task.answer}}}")
    assert (feedback, reward, terminated, info["turn"]) == ("", 1.0, True, 3.0)


def test_the_last_turn_ends_the_episode(addition):
    addition.reset(seed=0)
    assert [addition.step("?")[2] for _ in range(3)] == [False, False, True]


def test_a_finished_or_unstarted_episode_refuses_to_step(addition):
    with pytest.raises(EpisodeError, match="reset"):
        addition.step("x")
    with pytest.raises(EpisodeError, match="reset"):
        _ = addition.task
    addition.reset(seed=0)
    addition.step(rf"\boxed{{{addition.task.answer}}}")
    with pytest.raises(EpisodeError, match="reset"):
        addition.step("x")
    with pytest.raises(EpisodeError, match="reset"):
        asyncio.run(addition.step_async("x"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": -1}, "index"),
        ({"index": 1.5}, "index"),
        ({"stream": "test"}, "stream"),
        ({"idx": 1}, "idx"),
    ],
)
def test_bad_options_are_named(addition, options, message):
    with pytest.raises(EnvConfigError, match=message):
        addition.reset(options=options)


@pytest.mark.parametrize("max_turns", [0, -1, 1.5, "2"])
def test_bad_max_turns_is_named(max_turns):
    with pytest.raises(EnvConfigError, match="max_turns"):
        envs.make("reasoning/Addition-v0", max_turns=max_turns)


def test_only_text_may_be_stepped(addition):
    addition.reset(seed=0)
    with pytest.raises(EnvContractError, match="text"):
        addition.step(5)


def test_max_turns_does_not_change_the_tasks(addition):
    single = envs.make("reasoning/Addition-v0")
    for index in range(10):
        question, _ = single.reset(options={"index": index})
        assert addition.reset(options={"index": index})[0] == question


def test_own_check_must_return_a_bool():
    env = Echo()
    env.reset(seed=0)
    assert env.step(r"\boxed{yes}")[1] == 1.0
    env.reset(seed=0)
    assert env.step(r"\boxed{no}")[1] == 0.0
    env.reset(seed=0)
    with pytest.raises(EnvContractError, match="True or False"):
        env.step(r"\boxed{one}")


def test_own_check_that_raises_pays_nothing_and_is_logged(caplog):
    env = Echo()
    env.reset(seed=0)
    _, reward, _, _, info = env.step(r"\boxed{boom}")
    assert (reward, info["verdict"], info["extracted"]) == (0.0, "crash", "boom")
    assert "Echo.check raised" in caplog.text


def test_own_check_never_sees_a_hedge():
    env = Echo(max_turns=2)
    env.reset(seed=0)
    feedback, reward, *_, info = env.step(r"\boxed{yes} or \boxed{no}")
    assert (reward, info["verdict"]) == (0.0, "ambiguous")
    assert "more than one" in feedback


def test_info_tells_the_verdict(addition):
    addition.reset(seed=0)
    answer = addition.task.answer
    info = addition.step(rf"\boxed{{{answer}.0}}")[-1]
    assert info["acc"] == 1.0
    assert info["pred"] == answer
    assert info["extracted"] == f"{answer}.0"
    assert info["verdict"] == "correct"
    assert info["env_id"] == "reasoning/Addition-v0"


def test_errors_survive_pickle():
    for error in (
        EnvConfigError("a"),
        EpisodeError("b"),
        envs.errors.UnknownEnvError.for_id("x", ["xy"]),
    ):
        assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_importing_envs_is_light():
    heavy = {"torch", "verl", "ray", "sympy", "math_verify", "datasets", "vllm"}
    code = f"import sys, envs; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_no_task_is_named(monkeypatch):
    monkeypatch.setattr(Echo, "sample_task", lambda self, rng: "42")
    with pytest.raises(EnvContractError, match="sample_task must return a Task; got '42'"):
        Echo().reset(seed=0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"answer": 7}, r"Task\.answer is int 7, must be text: use str\(\)\."),
        ({"answer": np.int64(7)}, r"Task\.answer is int64 7, must be text: use str\(\)\."),
        ({"answer": None}, r"Task\.answer is None, must be text\."),
        ({"question": 7}, r"Task\.question is int 7"),
        ({"hint": 7}, r"Task\.hint is int 7"),
        ({"solution": ["7"]}, r"Task\.solution is list \['7'\]"),
        ({"difficulty": [1]}, r"Task\.difficulty is \[1\], must be a number or a name\."),
    ],
)
def test_a_task_of_wrong_types_names_the_field_and_what_to_write(given, message):
    with pytest.raises(EnvContractError, match=message):
        Task(**{"question": "?", "answer": "7", **given})


def test_a_level_may_be_any_number():
    assert [Task("?", "7", level).difficulty for level in (np.int64(2), np.float32(2), 2)] == [
        2
    ] * 3


class Three(ReasoningEnv):
    """Three questions, of which none is held out."""

    held_out = False

    def sample_task(self, rng):
        n = int(rng.integers(3))
        return Task(f"What is {n}+1?", str(n + 1))


def test_without_held_out_questions_every_stream_asks_them_all_and_draws_once(monkeypatch):
    env, drawn = Three(), []
    draw = env.sample_task
    monkeypatch.setattr(env, "sample_task", lambda rng: drawn.append(1) or draw(rng))
    for stream in env.streams:
        asked = {env.reset(options={"stream": stream, "index": i})[0] for i in range(40)}
        assert len(asked) == 3
    assert len(drawn) == 80


def test_an_environment_without_tasks_says_so():
    with pytest.raises(EnvContractError, match="ReasoningEnv must define sample_task"):
        ReasoningEnv().reset(seed=0)


class Levelled(ReasoningEnv):
    """The shortest environment with levels."""

    levels = ("easy", "hard")

    def sample_at(self, rng, level):
        return Task(f"{level} {rng.integers(10**9)}", "5", difficulty=level)


def test_levels_are_drawn_or_asked_for():
    env = Levelled()
    drawn = {env.reset(seed=0, options={"index": i})[1]["difficulty"] for i in range(20)}
    assert drawn == {"easy", "hard"}
    question, info = env.reset(seed=0, options={"index": 1, "level": "hard"})
    assert (info["difficulty"], info["task_id"]) == ("hard", "train/0/1/hard")
    assert env.reset(seed=0, options={"index": 1, "level": "hard"})[0] == question
    assert env.reset(seed=0, options={"index": 2, "level": "hard"})[0] != question
    with pytest.raises(EnvConfigError, match=r"level must be one of .*'hard'.*; got 'harder'"):
        env.reset(options={"level": "harder"})


def test_the_same_index_at_two_levels_is_two_draws():
    env = Levelled()
    easy, hard = (
        {env.reset(seed=0, options={"index": i, "level": n})[0].split()[1] for i in range(20)}
        for n in env.levels
    )
    assert not easy & hard


def test_a_level_asked_for_keeps_streams_apart():
    env = envs.make("reasoning/Addition-v0", digits=[1, 2])
    train, validation = (
        {env.reset(options={"index": i, "stream": s, "level": 1})[0] for i in range(200)}
        for s in ("train", "validation")
    )
    assert not train & validation


def test_levels_without_sample_at_say_so():
    class Forgetful(ReasoningEnv):
        levels = (1, 2)

    with pytest.raises(EnvContractError, match="Forgetful has levels but no sample_at"):
        Forgetful().reset(seed=0)


def test_every_environment_is_described_in_a_line():
    for env_id in envs.env_ids():
        assert 10 < len(envs.describe(env_id)) < 100, env_id
    assert envs.describe("reasoning/Countdown-v0").startswith("Combine given numbers")
    gymnasium.register("demo/Levelled-v0", entry_point=Levelled)
    assert envs.describe("demo/Levelled-v0") == "The shortest environment with levels."


def test_describing_imports_nothing_heavy():
    code = (
        "import sys, envs; [envs.describe(i) for i in envs.env_ids()]; "
        "print([m for m in sys.modules if m.startswith('envs.procedural.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
