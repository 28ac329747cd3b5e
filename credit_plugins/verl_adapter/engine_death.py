"""Tells the trainer why the engine died.

The server that loses its engine and the trainer that fails because of it are different processes,
perhaps on different nodes. The cause travels through the key-value store of the Ray cluster.
"""

from __future__ import annotations


def report(cause: str) -> None:
    """Leave the cause where the trainer of this Ray job finds it."""
    from ray.experimental.internal_kv import _internal_kv_put

    _internal_kv_put(_key(), cause.encode())


def reported() -> str:
    """The cause that a server of this Ray job left; "" if there is none."""
    import ray

    if not ray.is_initialized():  # it would start one to answer
        return ""
    from ray.experimental.internal_kv import _internal_kv_get

    cause = _internal_kv_get(_key())
    return cause.decode() if cause else ""


def _key() -> str:
    import ray

    return f"verl_credit/engine_death/{ray.get_runtime_context().get_job_id()}"
