"""One environment that raises, hangs or lies costs its own episode and nothing else."""

from __future__ import annotations

import asyncio
import threading

import gymnasium
import pytest

from envs import agent_loop
from envs.agent_loop import _Episode, _start, _step
from envs.base import ReasoningEnv, Task
from envs.offload import in_own_thread


class Plain(ReasoningEnv):
    def sample_task(self, rng):
        return Task("What is 1+1?", "2")


class RaisesAtReset(Plain):
    def sample_task(self, rng):
        raise KeyError("no row")


RELEASED = threading.Event()


class HangsAtReset(Plain):
    def sample_task(self, rng):
        RELEASED.wait(60)
        return Task("", "2")


class RaisesInFeedback(Plain):
    def feedback(self, task, verdict):
        raise ZeroDivisionError


class Generous(Plain):
    def _advance(self, verdict):
        feedback, _, *rest = super()._advance(verdict)
        return feedback, 0.5, *rest


class Liar(Plain):
    """Pays for what it says is wrong."""

    def _advance(self, verdict):
        feedback, _, *rest = super()._advance(verdict)
        return feedback, 1.0, *rest


class Forgetful(Plain):
    def _info(self, verdict):
        info = super()._info(verdict)
        return info if verdict.outcome == "none" else {"acc": info["acc"]}


KINDS = (Plain, RaisesAtReset, HangsAtReset, RaisesInFeedback, Generous, Liar, Forgetful)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(agent_loop, "_consecutive_errors", 0)
    RELEASED.clear()
    for kind in KINDS:
        gymnasium.register(f"loop/{kind.__name__}-v0", entry_point=kind)
    yield
    for kind in KINDS:
        del gymnasium.registry[f"loop/{kind.__name__}-v0"]


async def play(kind: type, *texts: str) -> _Episode:
    spec = {
        **{"id": f"loop/{kind.__name__}-v0", "kwargs": {"max_turns": 2}},
        **{"seed": 0, "index": 0, "stream": "train"},
    }
    episode = _Episode([], [])
    env = await _start(spec, episode)
    for text in texts:
        _, done = await _step(env, episode, text)
        if done:
            break
    return episode


def test_a_sound_environment_pays():
    episode = asyncio.run(play(Plain, r"\boxed{3}", r"\boxed{2}"))
    assert (episode.reward, episode.info["env_error"]) == (1.0, 0.0)


@pytest.mark.parametrize("kind", [RaisesAtReset, RaisesInFeedback, Generous, Liar, Forgetful])
def test_a_broken_environment_pays_nothing(kind):
    episode = asyncio.run(play(kind, r"\boxed{3}", r"\boxed{2}"))
    assert (episode.reward, episode.info["acc"]) == (0.0, 0.0)
    assert (episode.info["verdict"], episode.info["env_error"]) == ("env_error", 1.0)


def test_every_ending_has_the_same_keys():
    sound = asyncio.run(play(Plain, r"\boxed{2}")).info
    assert asyncio.run(play(RaisesAtReset, "")).info.keys() == sound.keys()
    assert asyncio.run(play(Generous, "")).info.keys() == sound.keys()


def test_an_environment_that_hangs_pays_nothing(monkeypatch):
    monkeypatch.setattr(in_own_thread, "__kwdefaults__", {"timeout": 0.2})
    assert asyncio.run(play(HangsAtReset, "x")).info["env_error"] == 1.0
    RELEASED.set()


def test_environments_that_hang_do_not_delay_the_others():
    """More of them than asyncio's executor has threads: the others end first."""

    async def both() -> tuple[list[_Episode], list[bool]]:
        hanging = [asyncio.ensure_future(play(HangsAtReset, "x")) for _ in range(48)]
        await asyncio.sleep(0.05)
        sound = await asyncio.gather(*(play(Plain, r"\boxed{2}") for _ in range(48)))
        still = [not episode.done() for episode in hanging]
        RELEASED.set()
        await asyncio.gather(*hanging)
        return sound, still

    sound, still = asyncio.run(both())
    assert all(episode.reward == 1.0 for episode in sound)
    assert all(still)


def test_nothing_but_failures_stops_the_run(monkeypatch):
    monkeypatch.setattr(agent_loop, "MAX_CONSECUTIVE_ERRORS", 3)

    async def play_many() -> None:
        for _ in range(3):
            await play(RaisesAtReset, "")

    with pytest.raises(RuntimeError, match=r"3 episodes in a row .*no row.*check-env"):
        asyncio.run(play_many())
