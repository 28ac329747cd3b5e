"""Real actors of Ray that end in the ways in which actors end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from credit_plugins.verl_adapter.actor_deaths import _how, _is_accident, unexpected_death


@pytest.fixture(scope="module")
def actor(tmp_path_factory) -> Iterator[type]:
    """An actor class, in a Ray of its own."""
    import ray

    os.environ["RAY_TMPDIR"] = str(tmp_path_factory.mktemp("r"))[:60]
    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)

    class Storage:
        def pid(self) -> int:
            return os.getpid()

        def leave(self) -> None:
            ray.actor.exit_actor()

    yield ray.remote(Storage)
    ray.shutdown()
    del os.environ["RAY_TMPDIR"]


def soon(seconds: float = 20.0) -> str:
    """The sentence, which Ray may need a moment for."""
    deadline = time.monotonic() + seconds
    while not (said := unexpected_death()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return said


def test_without_ray_nobody_has_died_and_none_is_started():
    import ray

    assert unexpected_death() == ""
    assert not ray.is_initialized()


def test_one_that_ray_ends_for_want_of_memory_is_an_accident():
    from ray.core.generated.common_pb2 import ActorDeathCause, OomContext

    cause = ActorDeathCause(oom_context=OomContext())
    assert _is_accident(cause)
    assert "ran out of memory" in _how(cause)
    assert not _is_accident(ActorDeathCause())


@pytest.mark.slow
def test_actors_that_are_meant_to_end_are_no_accident(actor):
    import ray

    killed, left, forgotten = actor.remote(), actor.remote(), actor.remote()
    ray.get([one.pid.remote() for one in (killed, left, forgotten)])
    ray.kill(killed)
    left.leave.remote()
    del forgotten
    assert soon(5.0) == ""


@pytest.mark.slow
def test_the_first_process_that_dies_is_named(actor):
    import ray

    first, second = actor.remote(), actor.remote()
    pids = ray.get([one.pid.remote() for one in (first, second)])
    os.kill(pids[0], signal.SIGKILL)
    said = soon()
    assert said.startswith(f"The process of Storage (pid {pids[0]} on ")
    assert "has died: Worker unexpectedly exits" in said
    os.kill(pids[1], signal.SIGKILL)
    time.sleep(2)
    assert unexpected_death() == said
