"""Two runs on one machine, each with a Ray of its own, do not share the socket of weight syncs."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace

import pytest

from credit_plugins.verl_adapter import weight_sockets
from credit_plugins.verl_adapter.weight_sockets import JOB_VARIABLE, name_receivers, name_senders

from .subprocesses import last_line, python

IDS = """
import json, ray
from credit_plugins.verl_adapter.weight_sockets import run_id
ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
task = ray.remote(num_cpus=1)(lambda: (ray.get_runtime_context().get_job_id(), run_id()))
print(json.dumps(ray.get([task.remote(), task.remote()])))
input()
"""

ENDS = """
import inspect, json
from credit_plugins.verl_adapter.rollout import WatchedServer
from verl.workers.rollout.vllm_rollout import vllm_async_server, vllm_rollout
sender, server = vllm_rollout.ServerAdapter.__init__, vllm_async_server.vLLMHttpServer.__init__
print(json.dumps([
    hasattr(sender, "__wrapped__"),
    WatchedServer.__init__ is not server,
    "/tmp/rl-colocate-zmq-{job_id}-replica-" in inspect.getsource(sender.__wrapped__),
    "self._pd_role" in inspect.getsource(sender.__wrapped__),
    'os.environ["VERL_RAY_JOB_ID"] = ' in inspect.getsource(server),
]))
"""


@pytest.mark.slow
def test_every_ray_calls_its_first_job_the_same_and_we_do_not(tmp_path_factory) -> None:
    import subprocess
    import sys

    rays = [
        subprocess.Popen(
            [sys.executable, "-c", IDS],
            env={**os.environ, "RAY_TMPDIR": str(tmp_path_factory.mktemp("r"))[:60]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [json.loads(ray.stdout.readline()) for ray in rays]
    for ray in rays:
        ray.communicate("\n", timeout=60)
    jobs = {job for ids in said for job, _ in ids}
    first, second = ({name for _, name in ids} for ids in said)
    assert len(jobs) == 1  # of verl's names nothing else is left
    assert len(first) == len(second) == 1
    assert first != second


@pytest.mark.slow
def test_both_ends_of_verl_are_named_and_still_made_as_we_think() -> None:
    pytest.importorskip("vllm")
    assert json.loads(last_line(python(ENDS, VERL_PLATFORM="cpu"))) == [True] * 5


def test_a_run_is_named_by_its_cluster_and_its_job(monkeypatch) -> None:
    import ray

    names = set()
    for cluster, job in (("10.0.0.1:6379", "01"), ("10.0.0.1:6380", "01"), ("10.0.0.1:6379", "02")):
        context = SimpleNamespace(gcs_address=cluster, get_job_id=lambda job=job: job)
        monkeypatch.setattr(ray, "get_runtime_context", lambda context=context: context)
        names.add(weight_sockets.run_id())
    assert len(names) == 3


def test_sender_and_receiver_get_the_same_name(monkeypatch) -> None:
    import ray

    context = SimpleNamespace(get_job_id=lambda: "01000000", gcs_address="10.0.0.1:6379")
    monkeypatch.setattr(ray, "get_runtime_context", lambda: context)
    monkeypatch.setenv(JOB_VARIABLE, "")

    class ServerAdapter:
        def __init__(self, role: str | None = None) -> None:
            self._pd_role = role
            self.zmq_handle = "ipc:///tmp/rl-colocate-zmq-01000000-replica-0-rank-1.sock"

    module = SimpleNamespace(ServerAdapter=ServerAdapter)
    name_senders(module)
    name_receivers()
    name = weight_sockets.run_id()
    assert os.environ[JOB_VARIABLE] == name != "01000000"
    made = f"ipc:///tmp/rl-colocate-zmq-{name}-replica-0-rank-1.sock"
    assert module.ServerAdapter().zmq_handle == made
    assert "-01000000-" in module.ServerAdapter("prefill").zmq_handle
