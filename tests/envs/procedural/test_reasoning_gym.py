"""Generators of reasoning-gym; skipped where the package is not installed."""

from __future__ import annotations

import sys

import pytest

import envs
from envs.errors import EnvConfigError, MissingExtraError
from envs.forms import is_number
from envs.procedural.reasoning_gym import DATASETS

from .drawing import pays, task_of

ENV_ID = "reasoning/ReasoningGym-v0"


@pytest.fixture(params=DATASETS)
def env(request):
    pytest.importorskip("reasoning_gym", reason="the extra reasoning-gym is not installed")
    return envs.make(ENV_ID, dataset=request.param)


def test_every_level_has_tasks_that_only_their_answer_solves(env):
    for level in env.levels:
        questions = set()
        for index in range(8):
            task = task_of(env, index, level)
            questions.add(task.question)
            assert is_number(task.answer)
            assert task.difficulty == level
            assert pays(env, index, task.answer, level)
            assert not pays(env, index, f"{task.answer}7", level)
        assert len(questions) > 3


def test_the_same_index_gives_the_same_task(env):
    again = envs.make(ENV_ID, dataset=env.spec.kwargs["dataset"])
    assert [task_of(env, i) for i in range(6)] == [task_of(again, i) for i in range(6)]


def test_their_scorers_are_never_called(env, monkeypatch):
    from reasoning_gym.dataset import ProceduralDataset

    def called(*args, **kwargs):
        raise AssertionError("score_answer was called")

    for cls in [ProceduralDataset, *ProceduralDataset.__subclasses__()]:
        monkeypatch.setattr(cls, "score_answer", called)
    assert pays(env, 0, task_of(env, 0).answer)


@pytest.mark.parametrize("dataset", ["countdown", "coin_flip", "fraction_simplification", "nope"])
def test_others_are_refused_and_the_list_is_shown(dataset):
    with pytest.raises(EnvConfigError, match="dataset must be one of aiw, basic_arithmetic"):
        envs.make(ENV_ID, dataset=dataset)


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    monkeypatch.delitem(sys.modules, "reasoning_gym.factory", raising=False)
    with pytest.raises(MissingExtraError, match=r"needs the extra 'reasoning-gym': pip install"):
        envs.make(ENV_ID)
