"""verl's vLLM server with a watch over its engine processes."""

from __future__ import annotations

import os
from typing import Any

import ray
from verl.workers.rollout.vllm_rollout.vllm_async_server import vLLMHttpServer, vLLMReplica

from . import engine_death
from .engine_watch import EngineWatch, own_logs
from .say import say
from .weight_sockets import name_receivers


class WatchedServer(vLLMHttpServer):
    """A server that ends, with the cause, when a process of its engine dies."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As verl's; then its workers are told where weights come from."""
        super().__init__(*args, **kwargs)
        name_receivers()

    async def launch_server(self, *args: Any, **kwargs: Any) -> None:
        """As verl's; the watch begins once the engine is up."""
        await super().launch_server(*args, **kwargs)
        EngineWatch(engine_death.report, _end, own_logs()).start()


class WatchedReplica(vLLMReplica):
    """A replica that starts :class:`WatchedServer` actors."""

    server = WatchedServer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As verl's replica, with our server class."""
        super().__init__(*args, **kwargs)
        self.server_class = ray.remote(self.server)


def _end(cause: str) -> None:
    say(f"{cause}; the rollout server ends.")
    os._exit(1)
