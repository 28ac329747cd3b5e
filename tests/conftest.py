"""Shared by all tests."""

from __future__ import annotations

import os

import pytest

# Two cores: one thread per process is faster than several that wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

E2E_TIMEOUT_S = 1200


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A run of the real engine takes minutes where a unit test takes milliseconds."""
    for item in items:
        if item.get_closest_marker("e2e") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(E2E_TIMEOUT_S))
