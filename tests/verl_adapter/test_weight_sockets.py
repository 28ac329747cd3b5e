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

HOOKED = """
import inspect, json
from verl.workers.rollout.vllm_rollout import vllm_async_server, vllm_rollout
ends = (vllm_rollout.ServerAdapter, vllm_async_server.vLLMHttpServer)
inits = [vars(end)["__init__"] for end in ends]
print(json.dumps([
    [hasattr(init, "__wrapped__") for init in inits],
    "/tmp/rl-colocate-zmq-{job_id}-replica-" in inspect.getsource(inits[0].__wrapped__),
    'os.environ["VERL_RAY_JOB_ID"] = ' in inspect.getsource(inits[1].__wrapped__),
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
    assert json.loads(last_line(python(HOOKED, VERL_PLATFORM="cpu"))) == [[True, True], True, True]


def test_sender_and_receiver_get_the_same_name(monkeypatch) -> None:
    import ray

    context = SimpleNamespace(get_job_id=lambda: "01000000", gcs_address="10.0.0.1:6379")
    monkeypatch.setattr(ray, "get_runtime_context", lambda: context)
    monkeypatch.setenv(JOB_VARIABLE, "")

    class ServerAdapter:
        def __init__(self) -> None:
            self.zmq_handle = "ipc:///tmp/rl-colocate-zmq-01000000-replica-0-rank-1.sock"

    class vLLMHttpServer:
        def __init__(self) -> None:
            os.environ[JOB_VARIABLE] = "01000000"

    module = SimpleNamespace(ServerAdapter=ServerAdapter, vLLMHttpServer=vLLMHttpServer)
    name_senders(module)
    name_receivers(module)
    module.vLLMHttpServer()
    name = weight_sockets.run_id()
    assert os.environ[JOB_VARIABLE] == name != "01000000"
    made = f"ipc:///tmp/rl-colocate-zmq-{name}-replica-0-rank-1.sock"
    assert module.ServerAdapter().zmq_handle == made
