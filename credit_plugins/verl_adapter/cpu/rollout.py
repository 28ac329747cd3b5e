"""vLLM's CPU backend as verl's rollout server."""

from __future__ import annotations

from typing import Any

from ..rollout import WatchedReplica, WatchedServer

WORKER_EXTENSION = "credit_plugins.verl_adapter.cpu.weights.CpuWorkerExtension"


class CpuServer(WatchedServer):
    """Rollout server whose workers reload weights layer by layer, and prefill prompts whole."""

    def _preprocess_engine_kwargs(self, engine_kwargs: dict[str, Any]) -> None:
        super()._preprocess_engine_kwargs(engine_kwargs)
        # After a partial prefill vLLM turns back the generator of a seeded request, which torch's
        # CPU generator cannot do.
        wanted = engine_kwargs.get("max_num_batched_tokens") or self.config.max_num_batched_tokens
        engine_kwargs["enable_chunked_prefill"] = False
        engine_kwargs["no-enable-chunked-prefill"] = True  # verl 0.9.0 leaves out what is False
        engine_kwargs["max_num_batched_tokens"] = max(wanted, self.config.max_model_len)

    def _get_worker_extension_cls(self) -> str:
        return WORKER_EXTENSION


class CpuReplica(WatchedReplica):
    """Replica that starts :class:`CpuServer` actors."""

    server = CpuServer
