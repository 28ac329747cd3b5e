"""The snippets README shows, as they stand there: a user's own environment."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import envs
from envs.check import check_env

HERE = Path(__file__).parent
SNIPPETS = {
    "user_env_example": "demo/Square-v0",
    "user_check_example": "demo/Multiple-v0",
}


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """As if the snippet lay in the folder the user works in."""
    monkeypatch.syspath_prepend(HERE)
    monkeypatch.setenv("PYTHONPATH", str(HERE))


@pytest.mark.parametrize("module", SNIPPETS)
def test_keeps_the_contract(module):
    assert check_env(f"{module}:{SNIPPETS[module]}") == []


def test_the_main_snippet_is_under_15_lines():
    assert len((HERE / "user_env_example.py").read_text().splitlines()) < 15


def test_own_check_pays_what_it_accepts():
    env = envs.make("user_check_example:demo/Multiple-v0")
    env.reset(seed=0)
    n = int(env.task.answer) // 2
    for answer, reward in ((3 * n, 1.0), (n, 0.0), (3 * n + 1, 0.0), ("seven", 0.0)):
        env.reset(seed=0)
        assert env.step(rf"\boxed{{{answer}}}")[1] == reward
        env.reset(seed=0)
        assert asyncio.run(env.step_async(rf"\boxed{{{answer}}}"))[1] == reward
