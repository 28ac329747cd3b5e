"""Two of the drills of tests/drills/kill.py, which does them for every kind of process."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

DRILLS = Path(__file__).parents[1] / "drills"


@pytest.fixture(scope="module")
def kill() -> Iterator[ModuleType]:
    """The script, which imports from its own folder."""
    sys.path.insert(0, str(DRILLS))
    yield importlib.import_module("kill")
    sys.path.remove(str(DRILLS))


@pytest.fixture(scope="module")
def undisturbed(kill: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A folder, and the metrics of a run in it that nobody disturbed."""
    folder = tmp_path_factory.mktemp("drills")
    return folder, kill.undisturbed(folder)


@pytest.mark.parametrize(("number", "kind"), [(0, "storage unit"), (1, "EngineCore")])
def test_a_killed_process_ends_the_run_and_the_same_command_goes_on(
    kill: ModuleType, undisturbed: tuple[Path, dict], number: int, kind: str
) -> None:
    folder, reference = undisturbed
    row = kill.drill(folder, number, 0, reference, kind)
    print(row)
    assert row["outcome"] == "ends, resumes, same credit", row
    assert row["ended_s"] < 60
    assert row["left"] == 0
