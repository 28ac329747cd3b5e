"""What tests/drills/soak.py makes of its looks; the soak itself takes 45 minutes."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

DRILLS = Path(__file__).parent / "drills"


@pytest.fixture(scope="module")
def soak() -> Iterator[ModuleType]:
    """The script, which imports from its own folder."""
    sys.path.insert(0, str(DRILLS))
    yield importlib.import_module("soak")
    sys.path.remove(str(DRILLS))


def looks(percent_an_hour: float, minutes: int = 45) -> list[dict]:
    """A look every ten seconds at one process of 500 MB that grows, with noise of a percent."""
    noise = random.Random(0)
    found = []
    for at in range(minutes * 6):
        grown = 1 + percent_an_hour / 100 * at / 360 + noise.gauss(0, 0.01)
        process = {"kind": "ray::WorkerDict", "rss": int(500e6 * grown), "fds": 90 + at}
        found.append({"minutes": at / 6, "steps": at, "processes": {"7": process}, "shm": 1e6})
    return found


@pytest.mark.parametrize("percent", [0.0, 5.0, 40.0])
def test_the_slope_is_that_of_the_memory_within_its_error(soak: ModuleType, percent: float) -> None:
    import numpy as np

    points = np.array([[one["minutes"], one["processes"]["7"]["rss"]] for one in looks(percent)])
    value, error = soak.slope(points[points[:, 0] >= 10])
    mean = 1 + percent / 100 * 27.5 / 60  # percent are of the mean
    assert abs(value - percent / mean) < 3 * error
    assert 0 < error < 2


def test_the_table_shows_memory_descriptors_and_segments(soak: ModuleType) -> None:
    lines = soak.table(looks(5.0), skip=10).splitlines()
    assert lines[0].startswith("45 min, 269 steps")
    (row,) = (line for line in lines if line.startswith("| ray::WorkerDict | 1 | 51"))
    assert row.endswith("| 150, 359 |")
    assert "| /dev/shm, first and last | | 1, 1 | | |" in lines


def test_a_short_soak_has_no_slope(soak: ModuleType) -> None:
    assert soak.table(looks(0.0, minutes=5), skip=10) == "Not long enough for a slope."
