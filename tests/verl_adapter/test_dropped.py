"""Why verl dropped a session, from verl's own worker and replay buffer to the trainer."""

from __future__ import annotations

import asyncio
import logging
import socket
from types import SimpleNamespace

import pytest
from ray.exceptions import RayTaskError

from credit_plugins.errors import EnvFailuresError
from credit_plugins.verl_adapter import dropped
from credit_plugins.verl_adapter.dropped import LOGGER, Listener, Reported
from credit_plugins.verl_adapter.failures import Failures
from credit_plugins.verl_adapter.outcomes import Outcomes

from .in_memory_queue import Queue, config

HERE = socket.gethostname()
PROMPT = {"uid": "u1", "global_steps": 1}


@pytest.fixture
def reported(monkeypatch) -> dict:
    """What processes have put into the key-value store, by process."""
    store: dict = {}
    logger = logging.getLogger(LOGGER)
    monkeypatch.setattr(logger, "filters", [])
    monkeypatch.setattr(dropped, "_put", lambda name, rows: store.update({name: list(rows)}))
    dropped.listen()
    dropped.listen()
    assert len(logger.filters) == 1
    return store


def run_prompt(error_of_session, monkeypatch, n: int = 4) -> list[dict]:
    """verl's worker plays a prompt; returns the states of the prompt that it publishes."""
    import transfer_queue as tq
    from verl.trainer.ppo.v1.agent_loop_tq import AgentLoopWorkerTQ

    worker_class = AgentLoopWorkerTQ.__ray_metadata__.modified_class
    tags: list[dict] = []

    async def put(key, partition_id, tag):
        tags.append(tag)

    async def play(*_, session_id, **__):
        if error := error_of_session(session_id):
            raise error

    monkeypatch.setattr(tq, "async_kv_put", put)
    worker = object.__new__(worker_class)
    rollout = SimpleNamespace(n=n, val_kwargs=SimpleNamespace(n=n))
    worker.config = SimpleNamespace(actor_rollout_ref=SimpleNamespace(rollout=rollout))
    worker._run_agent_loop = play
    asyncio.run(worker._run_prompt(dict(PROMPT), {}, {"validate": False}))
    return tags


def test_verls_worker_is_heard_and_still_logs(reported, monkeypatch, caplog) -> None:
    tags = run_prompt(lambda i: KeyError("tool") if i < 3 else None, monkeypatch)
    assert [tag["status"] for tag in tags] == ["running", "failure"]
    assert caplog.text.count("Error in _run_prompt for uid=u1") == 3
    (((cause, node, detail, n),),) = reported.values()
    assert (cause, detail, n) == ("raised KeyError", "'tool'", 3)
    assert node.startswith(f"{HERE} (")


def test_a_prompt_that_goes_well_reports_nothing(reported, monkeypatch) -> None:
    run_prompt(lambda _: None, monkeypatch)
    assert reported == {}


def test_an_error_of_a_reward_worker_is_its_own_and_at_its_node(reported, monkeypatch) -> None:
    traceback = 'Traceback (most recent call last):\n  File "f.py", line 1, in score\n'
    error = RayTaskError("score", traceback, ValueError("no gold"), pid=1, ip="10.0.0.9")
    run_prompt(lambda i: error.as_instanceof_cause() if i == 0 else None, monkeypatch)
    assert list(reported.values()) == [[("raised ValueError", "10.0.0.9", "no gold", 1)]]


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize("error", [ValueError("x" * 10**7), ValueError("\ud800\n"), Mute()])
def test_what_is_reported_is_short(error, reported, monkeypatch) -> None:
    run_prompt(lambda i: error if i == 0 else None, monkeypatch)
    ((row,),) = reported.values()
    assert len(str(row).encode()) < 600


def test_without_ray_the_record_says_so_and_passes(monkeypatch) -> None:
    def broken(*_):
        raise ConnectionError("no cluster")

    record = logging.LogRecord("x", logging.ERROR, "f", 1, "lost", None, None)
    record.exc_info = (KeyError, KeyError("x"), None)
    assert Listener(broken).filter(record)
    assert record.getMessage().startswith("lost (not passed on to the trainer: ConnectionError")


def test_without_ray_nothing_is_read_and_no_cluster_is_started() -> None:
    import ray

    assert Reported().take(1) == {("dropped, no cause given", ""): 1}
    with pytest.raises(ConnectionError, match="no Ray cluster"):
        dropped._put("worker", [])
    assert not ray.is_initialized()


def test_causes_are_taken_out_session_by_session() -> None:
    store = {"one": [("raised A", "a", "text", 3)], "two": [("raised A", "a", "", 1)]}
    found = Reported(lambda: store)
    assert found.take(0) == {}
    assert found.take(2) == {("dropped, raised A", "a"): 2}
    store["two"] = [("raised A", "a", "", 1), ("raised B", "b", "", 2)]
    assert found.take(5) == {
        ("dropped, raised A", "a"): 2,
        ("dropped, raised B", "b"): 2,
        ("dropped, no cause given", ""): 1,
    }
    assert found.take(1) == {("dropped, no cause given", ""): 1}
    assert found.details["dropped, raised A"] == "text"


# ---- groups that verl replaces -----------------------------------------------------------------


def buffer_of(kind: str, refill) -> object:
    from omegaconf import OmegaConf
    from verl.trainer.ppo.v1 import replay_buffer

    sync = {"train_batch_size": 4, "gen_batch_size": 1, "sync_refill_failed_groups": True}
    return getattr(replay_buffer, kind)(
        trainer_mode="sync" if kind == "ReplayBuffer" else "colocate_async",
        trainer_config=OmegaConf.create({}),
        max_off_policy_threshold=1000,  # as good as none, which verl 0.9.0 does not know
        max_off_policy_strategy="drop",
        sampler_kwargs=OmegaConf.create({}),
        poll_interval=0.0,
        refill_fn=refill,
        **(sync if kind == "ReplayBuffer" else {}),
    )


class Prompts:
    """Puts prompts into the queue as verl's workers leave them; every so many-th group fails."""

    def __init__(self, queue: Queue, sound_of_ten: int, arrived: int) -> None:
        self.queue, self.sound, self.arrived, self.made = queue, sound_of_ten, arrived, 0

    def __call__(self, number: int) -> None:
        for _ in range(number):
            sound, uid = self.made % 10 < self.sound, f"u{self.made}"
            self.made += 1
            status = "finished" if sound else "failure"
            tag = {"is_prompt": True, "status": status, "global_steps": 1}
            self.queue.kv_batch_put([uid], "train", tags=[tag])
            came = [f"{uid}_{i}_0" for i in range(4 if sound else self.arrived)]
            self.queue.kv_batch_put(came, "train", tags=[{"status": "success"}] * len(came))
        if self.made > 2000:
            raise AssertionError("the run would go on for ever")


def watched(queue: Queue, kind: str, sound_of_ten: int, arrived: int = 0) -> tuple:
    store = {"w": [("raised KeyError", "c (10.0.0.3)", "'tool'", 10**6)]}
    given = config("data.train_batch_size=4", "actor_rollout_ref.rollout.n=4")
    watching, prompts = (
        Failures(given, Reported(lambda: store)),
        Prompts(queue, sound_of_ten, arrived),
    )
    buffer = buffer_of(kind, prompts)
    watching.watch(buffer)
    prompts(4)
    return watching, buffer, prompts


@pytest.mark.parametrize(
    ("kind", "arrived"), [("ReplayBufferAsync", 0), ("ReplayBufferAsync", 2), ("ReplayBuffer", 0)]
)
def test_groups_that_fail_again_and_again_end_the_run(kind, arrived, queue) -> None:
    _, buffer, prompts = watched(queue, kind, sound_of_ten=0, arrived=arrived)
    lost = "All 16" if not arrived else "50% of the 48"
    with pytest.raises(
        EnvFailuresError, match=rf"^{lost} sessions of step 1 .*raised KeyError on c"
    ):
        buffer.sample(global_steps=1, partition_id="train", batch_size=4)
    assert prompts.made <= 16


@pytest.mark.parametrize(("kind", "arrived"), [("ReplayBufferAsync", 3), ("ReplayBuffer", 0)])
def test_replaced_groups_count_in_the_step_that_replaces_them(kind, arrived, queue) -> None:
    watching, buffer, prompts = watched(queue, kind, sound_of_ten=8, arrived=arrived)
    replaced = 0
    for step in range(1, 6):
        batch, metrics = buffer.sample(global_steps=step, partition_id="train", batch_size=4)
        groups = [key.split("_")[0] for key in batch.keys]
        found = watching.observe(step, Outcomes([{}] * 16, [0.0] * 16, groups), groups=4)
        evicted = metrics.get("training/rollout_failure/evicted_samples", 0)
        lost = evicted * (4 - arrived)
        assert found["env/dropped"] == lost
        assert found["env/failed_share"] == pytest.approx(lost / (16 + 4 * evicted))
        replaced += evicted
        prompts(4)
    assert replaced >= 2
