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
    "trainer.test_freq=4",
    "data.env.id=null",
    "data.env.kwargs=null",
    "data.env.mix={short: {id: reasoning/Addition-v0, kwargs: {digits: [1, 2]}, weight: 3}, "
    "long: {id: reasoning/Addition-v0, kwargs: {digits: [3]}}}",
    "data.env.validation={short: {id: reasoning/Addition-v0, kwargs: {digits: [1, 2]}, size: 8}, "
    "greedy: {id: reasoning/Addition-v0, kwargs: {digits: [1]}, size: 5, temperature: 0}}",
    "actor_rollout_ref.rollout.val_kwargs.n=4",
    "algorithm.credit.sepa.lam.delay=0",
    "algorithm.credit.sepa.lam.steps=10",
    "algorithm.credit.sepa.lam.gate=0.01",
    "data.env.curriculum={memory: 0.5}",
)
STATEFUL = ("credit/", "curriculum/", "env/acc/")
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
        assert actual["credit/sepa/lam"] == expected["credit/sepa/lam"]
        assert actual["credit/sepa/lam_gate"] == expected["credit/sepa/lam_gate"]
        probabilities = {k: v for k, v in expected.items() if k.startswith("curriculum/prob")}
        units = {k.removeprefix("curriculum/probability/") for k in probabilities}
        assert units == {"short/1.0", "short/2.0", "long/3.0"}
        assert len(set(probabilities.values())) > 1
        assert {"env/acc/short", "env/acc/long"} <= set(expected)
        differences = {k: abs(actual[k] - expected[k]) for k in expected}
        for name in sorted(differences, key=differences.get)[-3:]:  # shown by pytest -s
            print(f"step {step}: {name} differs by {differences[name]:.1e}")
        assert max(differences.values()) < TOLERANCE, differences
    for run in (whole, resumed):
        check_validation(run.metrics[4])
    held_out = [
        {k: v for k, v in run.metrics[4].items() if k.startswith("val-credit/")}
        for run in (whole, resumed)
    ]
    assert held_out[0] == held_out[1]  # seeds hold beside a greedy entry


def check_validation(metrics: dict[str, float]) -> None:
    """Eight problems answered four times each, and five answered once, greedily."""
    assert 0 <= metrics["val-credit/short/mean/pass@1"] <= metrics["val-credit/short/mean/pass@4"]
    assert {k for k in metrics if k.startswith("val-credit/greedy/")} == {
        "val-credit/greedy/difficulty=1/problems",
        "val-credit/greedy/difficulty=1/pass@1",
        "val-credit/greedy/mean/pass@1",
    }
    assert metrics["val-credit/greedy/difficulty=1/problems"] == 5
    levels = ("val-credit/short/difficulty=1/problems", "val-credit/short/difficulty=2/problems")
    assert sum(metrics[level] for level in levels) == 8
    verdicts = {name: n for name, n in metrics.items() if name.startswith("val-env/verdict/")}
    assert sum(verdicts.values()) == 8 * 4 + 5
    assert metrics["val-env/acc/greedy"] == metrics["val-credit/greedy/mean/pass@1"]
