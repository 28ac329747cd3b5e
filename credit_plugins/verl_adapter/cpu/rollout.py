"""vLLM's CPU backend as verl's rollout server."""

from __future__ import annotations

from typing import Any

import ray
from verl.workers.rollout.vllm_rollout.vllm_async_server import vLLMHttpServer, vLLMReplica

WORKER_EXTENSION = "credit_plugins.verl_adapter.cpu.weights.CpuWorkerExtension"


class CpuHttpServer(vLLMHttpServer):
    """Rollout server whose workers reload weights layer by layer."""

    def _get_worker_extension_cls(self) -> str:
        return WORKER_EXTENSION


class CpuReplica(vLLMReplica):
    """Replica that starts ``CpuHttpServer`` actors."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As verl's replica, with our server class."""
        super().__init__(*args, **kwargs)
        self.server_class = ray.remote(CpuHttpServer)
