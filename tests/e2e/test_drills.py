"""Two of the drills of tests/drills/kill.py, which does them for every kind of process."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[1] / "drills" / "kill.py"


@pytest.fixture(scope="module")
def kill() -> ModuleType:
    """The script."""
    spec = importlib.util.spec_from_file_location("drills_kill", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["drills_kill"] = module
    spec.loader.exec_module(module)
    return module


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
