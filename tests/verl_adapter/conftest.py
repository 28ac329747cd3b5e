"""Shared by the tests of the adapter."""

from __future__ import annotations

import pytest

from .in_memory_queue import Queue


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    """A queue in this process in place of verl's, which lives in Ray."""
    import transfer_queue as tq

    made = Queue()
    for name in ("kv_batch_put", "kv_batch_get", "kv_clear", "kv_list"):
        monkeypatch.setattr(tq, name, getattr(made, name))
    return made
