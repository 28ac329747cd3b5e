"""Killed and started again, a run continues as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

COMMON = (
    "trainer.total_training_steps=4",
    "trainer.save_freq=2",
    "algorithm.credit.sepa.delay=0",
    "algorithm.credit.sepa.steps=10",
    "algorithm.credit.sepa.gate=0.01",
    "data.env.curriculum={memory: 0.5}",
)
STATEFUL = ("credit/", "curriculum/")
# Same tasks, same sampling seeds, same weights up to summation order of float32 batches.
TOLERANCE = 1e-3


def kill(process: subprocess.Popen, _folder: Path) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def test_killed_run_continues_with_the_same_credit(run_verl: Callable) -> None:
    whole = run_verl(*COMMON, folder="whole")
    assert whole.returncode == 0, whole.log[-3000:]

    killed = run_verl(*COMMON, folder="killed", at_step=(3, kill))
    assert killed.returncode != 0
    checkpoint = killed.folder / "checkpoints" / "global_step_2" / "credit.json"
    assert json.loads(checkpoint.read_text())["estimator"] == "maxrl_gtpo_sepa_hicra"

    resumed = run_verl(*COMMON, folder="killed")
    assert resumed.returncode == 0, resumed.log[-3000:]
    assert min(resumed.metrics) == 3
    for step in (3, 4):
        expected = {k: v for k, v in whole.metrics[step].items() if k.startswith(STATEFUL)}
        actual = {k: v for k, v in resumed.metrics[step].items() if k.startswith(STATEFUL)}
        assert set(actual) == set(expected)
        assert actual["credit/lambda"] == expected["credit/lambda"]
        assert actual["credit/gate"] == expected["credit/gate"]
        assert len({v for k, v in expected.items() if k.startswith("curriculum/prob")}) > 1
        differences = {k: abs(actual[k] - expected[k]) for k in expected}
        for name in sorted(differences, key=differences.get)[-3:]:  # shown by pytest -s
            print(f"step {step}: {name} differs by {differences[name]:.1e}")
        assert max(differences.values()) < TOLERANCE, differences
