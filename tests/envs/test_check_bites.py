"""`check_env` must find each kind of broken environment; a checker that cannot fail is none."""

from __future__ import annotations

import itertools
import os

import gymnasium
import pytest

import envs
from envs.base import ReasoningEnv, Task
from envs.check import check_env
from envs.errors import EnvContractError, UnknownEnvError


class Good(ReasoningEnv):
    def sample_task(self, rng):
        n = int(rng.integers(100, 10**6))
        return Task(f"What is {n}+1?", str(n + 1), solution=rf"\boxed{{{n + 1}}}")


class HalfReward(Good):
    def step(self, action):
        feedback, reward, *rest = super().step(action)
        return feedback, 0.5 if reward else 0.0, *rest


class ShapedReward(Good):
    def step(self, action):
        feedback, reward, *rest = super().step(action)
        return feedback, reward + 0.1, *rest


class IntegerReward(Good):
    def step(self, action):
        feedback, reward, *rest = super().step(action)
        return feedback, int(reward), *rest


class MissingKey(Good):
    def step(self, action):
        *rest, info = super().step(action)
        del info["pred"]
        return *rest, info


class NoneInInfo(Good):
    def step(self, action):
        *rest, info = super().step(action)
        return *rest, {**info, "pred": None}


class BothFlags(Good):
    def step(self, action):
        feedback, reward, terminated, _, info = super().step(action)
        return feedback, reward, terminated, terminated, info


class Unseeded(Good):
    _count = itertools.count(100)

    def sample_task(self, rng):
        n = next(self._count)
        return Task(f"What is {n}+1?", str(n + 1))


class WrongGold(Good):
    def sample_task(self, rng):
        return Task(f"What is {rng.integers(10**9)}+1?", "}{")


class WrongSolution(Good):
    def sample_task(self, rng):
        task = super().sample_task(rng)
        return Task(task.question, task.answer, solution=r"\boxed{-1}")


class Generous(Good):
    def check(self, task, answer):
        return True


class Fragile(Good):
    def step(self, action):
        action.encode()
        return super().step(action)


class Telltale(Good):
    def feedback(self, task, verdict):
        return f"No. It is {task.answer}."


class TelltaleHint(Good):
    def sample_task(self, rng):
        task = super().sample_task(rng)
        return Task(
            task.question, task.answer, hint=f"It is above {int(task.answer) - 1}, {task.answer}."
        )


class PaysCopies(Good):
    def finished(self, task, answer):
        return True


class RefusesItsAnswer(Good):
    def finished(self, task, answer):
        return "." in answer


class OtherLevel(Good):
    levels = (1, 2)

    def sample_at(self, rng, level):
        return Task(f"What is {rng.integers(10**9)}?", "5", difficulty=1.0)


class ExtraKey(Good):
    def step(self, action):
        *rest, info = super().step(action)
        return *rest, {**info, "colour": "blue"}


class FewQuestions(Good):
    def sample_task(self, rng):
        return Task("What is 1+1?", "2")


class Unpicklable(Good):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hook = lambda: None


BROKEN = {
    HalfReward: "transitions: the reward must be",
    ShapedReward: "transitions: the reward must be",
    IntegerReward: "transitions: the reward must be",
    MissingKey: "transitions: info lacks ['pred']",
    NoneInInfo: "transitions: info['pred'] must be",
    BothFlags: "transitions: terminated and truncated",
    Unseeded: "determinism: the same seed",
    WrongGold: "verifiable: the verifier cannot confirm the answer of task 0",
    WrongSolution: "oracle: the solution of task 0",
    Generous: "hostile:",
    Fragile: "hostile: step raised UnicodeEncodeError",
    Telltale: "quiet_feedback: the feedback of task 0",
    TelltaleHint: "quiet_feedback: the feedback of task 0",
    PaysCopies: "echo: task 0 pays for",
    RefusesItsAnswer: "oracle: the answer of task 0",
    OtherLevel: "levels: level 2 was asked for",
    ExtraKey: "transitions: info has the unknown keys ['colour']",
    FewQuestions: "held_out: train and validation share",
    Unpicklable: "pickles: self.hook cannot be pickled",
}


def register(cls):
    env_id = f"broken/{cls.__name__}-v0"
    if env_id not in gymnasium.registry:
        gymnasium.register(env_id, entry_point=cls)
    return env_id


def test_the_healthy_twin_passes():
    assert check_env(register(Good)) == []


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_broken_twin_is_found(cls):
    problems = check_env(register(cls))
    assert any(problem.startswith(BROKEN[cls]) for problem in problems), problems
    assert all(" Fix: " in problem for problem in problems)


def test_another_process_is_asked(monkeypatch):
    """Hash randomisation is the classic way to differ between processes only."""
    monkeypatch.setattr("envs.seeding.json.dumps", lambda *a, **k: str(hash("x")))
    assert any("determinism" in problem for problem in check_env("reasoning/Addition-v0"))


def test_a_module_that_another_process_cannot_make_is_reported(tmp_path, monkeypatch):
    (tmp_path / "only_once.py").write_text(
        "import os, gymnasium\n"
        "from envs.base import ReasoningEnv, Task\n"
        f"if os.getpid() != {os.getpid()}: raise RuntimeError('not here')\n"
        "class E(ReasoningEnv):\n"
        "    def sample_task(self, rng):\n"
        "        return Task(f'Say {rng.integers(10**9)}', '5')\n"
        "gymnasium.register('demo/Once-v0', entry_point=E)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (problem,) = check_env("only_once:demo/Once-v0")
    assert "another process could not make it" in problem
    assert "RuntimeError: not here" in problem
    assert "Fix: let its module be imported by name" in problem


def test_a_module_of_the_user_is_found_by_the_other_process_too(tmp_path, monkeypatch):
    """Global random numbers are equal in one process if the module seeds them, not in two."""
    (tmp_path / "per_process.py").write_text(
        "import os, gymnasium\n"
        "from envs.base import ReasoningEnv, Task\n"
        "class E(ReasoningEnv):\n"
        "    def sample_task(self, rng):\n"
        "        return Task(f'Say {rng.integers(10**9)} in {os.getpid()}', '5')\n"
        "gymnasium.register('demo/PerProcess-v0', entry_point=E)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (problem,) = check_env("per_process:demo/PerProcess-v0")
    assert problem.startswith("determinism: another process gave different tasks")


def test_a_foreign_environment_is_refused():
    assert any("makes a CartPoleEnv" in problem for problem in check_env("CartPole-v1"))
    with pytest.raises(EnvContractError, match="subclass"):
        envs.make("CartPole-v1")


def test_unknown_id_names_the_nearest():
    with pytest.raises(UnknownEnvError, match="reasoning/Addition-v0"):
        check_env("reasoning/Adition-v0")
    with pytest.raises(UnknownEnvError, match="reasoning/Addition-v0"):
        envs.make("reasoning/Adition-v0")
    with pytest.raises(UnknownEnvError, match="no_such_module"):
        envs.make("no_such_module:thing/Env-v0")
