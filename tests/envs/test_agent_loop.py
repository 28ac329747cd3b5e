"""One environment that raises, hangs or lies costs its own episode and nothing else."""

from __future__ import annotations

import asyncio
import json
import socket
from types import SimpleNamespace

import gymnasium
import pytest

from envs import agent_loop
from envs.agent_loop import ReasoningEnvLoop, _Episode, _start, _step
from envs.failure import MAX_CAUSE_CHARS, MAX_DETAIL_CHARS
from envs.info import FAILURE_KEYS, INFO_KEYS, NODE, SOURCE
from envs.offload import in_own_thread
from envs.torch_dataset import EnvDataset

from .broken_envs import (
    CAUSES,
    KINDS,
    RELEASED,
    HangsAtReset,
    HangsInFeedback,
    MissingFile,
    Plain,
)


@pytest.fixture(autouse=True)
def registered():
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
    episode = _Episode("entry", [], [])
    env = await _start(spec, episode)
    for text in texts:
        _, done = await _step(env, episode, text)
        if done:
            break
    return episode


def test_a_sound_environment_pays():
    episode = asyncio.run(play(Plain, r"\boxed{3}", r"\boxed{2}"))
    assert (episode.reward, episode.info["env_error"]) == (1.0, 0.0)


@pytest.mark.parametrize("kind", CAUSES)
def test_a_broken_environment_pays_nothing_and_says_why_in_a_few_words(kind, caplog):
    episode = asyncio.run(play(kind, r"\boxed{3}", r"\boxed{2}"))
    assert (episode.reward, episode.info["acc"]) == (0.0, 0.0)
    assert (episode.info["verdict"], episode.info["env_error"]) == ("env_error", 1.0)
    assert episode.info["env_cause"].startswith(CAUSES[kind])
    assert len(episode.info["env_cause"]) <= MAX_CAUSE_CHARS
    assert len(episode.info["env_detail"]) <= MAX_DETAIL_CHARS
    assert len(json.dumps(episode.info)) < 1000
    assert 0 < len(caplog.text) < 1000
    caplog.text.encode()  # what cannot be printed would end a process that prints it


def test_the_detail_has_the_error_and_the_line_that_raised_it():
    detail = asyncio.run(play(MissingFile, "")).info["env_detail"]
    assert detail.startswith("[Errno 2] No such file or directory: '/nowhere/questions.txt' (")
    assert "broken_envs.py:" in detail
    assert detail.endswith(", in sample_task)")


def test_every_ending_has_the_same_keys():
    sound = asyncio.run(play(Plain, r"\boxed{2}")).info
    for kind in CAUSES:
        assert asyncio.run(play(kind, "")).info.keys() == sound.keys()


@pytest.mark.parametrize(("kind", "answers"), [(HangsAtReset, "x"), (HangsInFeedback, "x")])
def test_an_environment_that_hangs_pays_nothing(kind, answers, monkeypatch):
    monkeypatch.setattr(in_own_thread, "__kwdefaults__", {"timeout": 0.2})
    info = asyncio.run(play(kind, answers)).info
    assert (info["env_error"], info["env_cause"]) == (1.0, "took longer than 0.2 s")
    RELEASED.set()


def test_judging_that_takes_too_long_is_given_up(monkeypatch):
    async def never(self, action):
        await asyncio.sleep(60)

    monkeypatch.setattr(Plain, "step_async", never)
    monkeypatch.setattr(agent_loop, "STEP_TIMEOUT_S", 0.2)
    info = asyncio.run(play(Plain, "x")).info
    assert (info["env_error"], info["env_cause"]) == (1.0, "took longer than 0.2 s")


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


class Server:
    """What verl's client of the rollout engine is to an agent loop; it keeps what it was asked."""

    def __init__(self):
        self.asked = []

    async def generate(self, *, request_id, prompt_ids, sampling_params):
        self.asked.append(sampling_params)
        return SimpleNamespace(token_ids=[7], log_probs=[0.0], extra_fields={}, num_preempted=None)


def played_row(row: dict, **drawn) -> tuple[dict, dict]:
    """The infos and the sampling parameters of one answer to a row of the data set."""

    async def merged(ids, new, mask, logprobs, assistant_logprobs=None):
        return SimpleNamespace(token_ids=ids + new), mask + [1] * len(new), logprobs

    async def prompt(messages):
        return [1, 2, 3]

    loop = object.__new__(ReasoningEnvLoop)
    loop.rollout_config = SimpleNamespace(calculate_log_probs=False, response_length=16)
    loop.tokenizer = SimpleNamespace(decode=lambda ids, **_: "no answer")
    loop.server_manager = Server()
    loop.ct_build_initial_tokens, loop.ct_merge_assistant_token = prompt, merged
    output = asyncio.run(
        loop.run({"temperature": 1.0, "top_p": 0.9, "top_k": 5}, **row, global_steps=3, **drawn)
    )
    return output.extra_fields["reward_extra_info"], loop.server_manager.asked[0]


def test_every_episode_names_its_node_and_has_all_keys():
    row = dict(EnvDataset("train", None, {"env": {"id": "loop/Plain-v0"}})[0])
    sound, _ = played_row(row, session_id=0)
    spec = json.loads(row["env"]) | {"id": "loop/MissingFile-v0"}
    failed, _ = played_row(row | {"env": json.dumps(spec)}, session_id=0)
    assert failed.keys() == sound.keys() == {*INFO_KEYS, *FAILURE_KEYS, NODE, SOURCE}
    assert sound["node"] == failed["node"]
    assert sound["node"].startswith(f"{socket.gethostname()} (")
    assert (sound["env_error"], sound["env_cause"], sound["env_detail"]) == (0.0, "", "")
    assert (failed["env_error"], failed["env_cause"]) == (1.0, "raised FileNotFoundError")


ENTRIES = {
    "train_size": 8,
    "seeded_sampling": True,
    "mix": {
        name: {"id": "loop/Plain-v0", "weight": weight} for name, weight in (("one", 3), ("two", 1))
    },
    "validation": {
        "greedy": {"id": "loop/Plain-v0", "size": 2, "temperature": 0},
        "plain": {"id": "loop/Plain-v0", "size": 2, "samples": 4, "top_k": 3},
    },
}


def test_infos_name_the_entry_of_the_row():
    rows = EnvDataset("train", None, {"env": ENTRIES})
    assert {played_row(rows[i], session_id=0)[0]["source"] for i in range(8)} == {"one", "two"}
    single = EnvDataset("train", None, {"env": {"id": "loop/Plain-v0"}})
    assert played_row(single[0], session_id=0)[0]["source"] == "loop/Plain-v0"


@pytest.mark.parametrize(("seeded", "greedy"), [(False, (0, 0.9, 5)), (True, (1.0, 1.0, 1))])
def test_an_entry_may_have_sampling_parameters_of_its_own(seeded, greedy):
    """A greedy request that is seeded takes the likeliest token by top_k=1."""
    rows = EnvDataset("validation", None, {"env": {**ENTRIES, "seeded_sampling": seeded}})
    asked = [played_row(rows[i], session_id=0)[1] for i in (0, 2)]
    assert [(a["temperature"], a["top_p"], a["top_k"], a["max_tokens"]) for a in asked] == [
        (*greedy, 16),
        (1.0, 0.9, 3, 16),
    ]


def test_every_row_and_session_has_a_sampling_seed_of_its_own():
    """Task 0 of two entries is not sampled with one seed."""
    rows = EnvDataset("train", None, {"env": ENTRIES})
    seeds = [played_row(rows[i], session_id=s)[1]["seed"] for i in range(8) for s in range(2)]
    assert len(set(seeds)) == 16


def test_a_sampling_seed_changes_the_answers_of_training_and_nothing_else():
    def rows(stream, **more):
        return EnvDataset(stream, None, {"env": {**ENTRIES, **more}})

    def asked(data):
        return [played_row(data[i], session_id=0)[1].get("seed") for i in range(4)]

    other = {"sampling_seed": 5}
    assert not set(asked(rows("train"))) & set(asked(rows("train", **other)))
    # It joins the seed: the same number under two seeds shares no random numbers between them.
    for pair in (({}, {"sampling_seed": 0}), (other, {**other, "seed": 1})):
        first, second = (asked(rows("train", **more)) for more in pair)
        assert not set(first) & set(second)
    assert asked(rows("validation")) == asked(rows("validation", **other))
    prompts = [
        [data[i]["raw_prompt"] for i in range(8)]
        for data in (rows("train"), rows("train", **other))
    ]
    assert prompts[0] == prompts[1]
