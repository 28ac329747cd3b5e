"""An operator of the user's, from a package that is nowhere registered, in stock verl."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.credit import user_operator_example

SETTINGS = (
    "algorithm.adv_estimator=credit",
    "algorithm.credit.operators=[maxrl,my_pkg.ops:calm]",
    "+algorithm.credit.calm.strength={schedule: linear, end: 0.5, steps: 4}",
    "trainer.save_freq=1",
)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder that holds the package ``my_pkg`` with README's operator."""
    folder = tmp_path / "packages" / "my_pkg"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    shutil.copy(user_operator_example.__file__, folder / "ops.py")
    return folder.parent


def test_it_runs_with_a_schedule_on_its_number_and_resumes(
    run_verl: Callable, package: Path
) -> None:
    first = run_verl(*SETTINGS, "trainer.total_training_steps=2", packages=package)
    assert first.returncode == 0, first.log[-3000:]
    assert [first.metrics[step]["credit/calm/strength"] for step in (1, 2)] == [0.125, 0.25]
    # It reads entropy, and no operator of the chain reads planning tokens.
    assert not any(name.startswith("credit/planning") for name in first.metrics[1])

    saved = json.loads((first.folder / "checkpoints/global_step_2/credit.json").read_text())
    assert saved["estimator"] == "credit:maxrl+my_pkg.ops:calm"
    assert saved["state"]["calm.strength"]["step"] == 2

    resumed = run_verl(*SETTINGS, "trainer.total_training_steps=3", packages=package)
    assert resumed.returncode == 0, resumed.log[-3000:]
    assert min(resumed.metrics) == 3
    assert resumed.metrics[3]["credit/calm/strength"] == 0.375
