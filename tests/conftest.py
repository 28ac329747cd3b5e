"""Shared by all tests."""

from __future__ import annotations

import os

import pytest

# Two cores: one thread per process is faster than four that wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
