"""Keeps apart the weight syncs of runs that share a machine.

verl sends weights through a socket in /tmp that it names after the Ray job, and the first job of
every Ray has the same id. Two runs, each with a Ray of its own, then use the same socket: one waits
for ever, or gets the weights of the other.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any

from wrapt import wrap_function_wrapper

JOB_VARIABLE = "VERL_RAY_JOB_ID"
"""From which vLLM's workers, which Ray does not know, make the name of the socket."""


def run_id() -> str:
    """A name of this Ray job that no other one on this machine has: of its cluster and its id."""
    import ray

    context = ray.get_runtime_context()
    named = f"{context.gcs_address} {context.get_job_id()}"
    return hashlib.blake2b(named.encode(), digest_size=8).hexdigest()


def name_receivers(server_module: Any) -> None:
    """Let the servers in verl's ``vllm_async_server`` tell their workers our name of the run."""

    def init(wrapped: Any, _: Any, args: Any, kwargs: Any) -> None:
        wrapped(*args, **kwargs)
        os.environ[JOB_VARIABLE] = run_id()

    wrap_function_wrapper(server_module, "vLLMHttpServer.__init__", init)


def name_senders(rollout_module: Any) -> None:
    """Let the actors in verl's ``vllm_rollout`` send to a socket of that name."""

    def init(wrapped: Any, adapter: Any, args: Any, kwargs: Any) -> None:
        import ray

        wrapped(*args, **kwargs)
        job = ray.get_runtime_context().get_job_id()
        adapter.zmq_handle = adapter.zmq_handle.replace(f"-{job}-", f"-{run_id()}-")

    wrap_function_wrapper(rollout_module, "ServerAdapter.__init__", init)
