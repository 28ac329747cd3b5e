"""A run that ends between a checkpoint and its validation makes up for the validation."""

from __future__ import annotations

import json

import pytest
from omegaconf import OmegaConf

from recipes.launch.missed import made_up
from recipes.runs import Run

from .toy import only_run

AGAIN = ("trainer.val_before_train=true",)
VALIDATED = {"val-core/x/acc/mean@1": 0.5}


@pytest.fixture
def run(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    return Run(tmp_path)


def saved(run, step):
    (run.checkpoints / "latest_checkpointed_iteration.txt").write_text(str(step))


def logged(run, rows, attempt=1):
    lines = [json.dumps({"step": step, "data": data}) for step, data in rows.items()]
    (run.path / f"metrics.{attempt}.jsonl").write_text("\n".join(lines) + "\n")


def config(test_freq=7, steps=28):
    return OmegaConf.create({"trainer": {"test_freq": test_freq, "total_training_steps": steps}})


@pytest.mark.parametrize(
    ("step", "test_freq", "wanted"),
    [(14, 7, AGAIN), (15, 7, ()), (28, 9, AGAIN), (14, -1, ()), (14, 0, ())],
)
def test_only_a_validation_that_was_due_is_made_up(run, step, test_freq, wanted):
    saved(run, step)
    logged(run, {step - 1: {"critic/score/mean": 0.5}})
    assert made_up(run, config(test_freq)) == wanted


def test_an_outcome_that_is_there_is_enough(run):
    saved(run, 14)
    logged(run, {7: VALIDATED, 14: {"critic/score/mean": 0.5, **VALIDATED}})
    assert made_up(run, config()) == ()
    logged(run, {7: VALIDATED, 14: {"critic/score/mean": 0.5}})
    assert made_up(run, config()) == AGAIN


def test_what_was_validated_by_a_later_attempt_counts_at_once(run):
    """The retries of one launch ask again: nothing of the first time is remembered."""
    saved(run, 14)
    logged(run, {7: VALIDATED})
    assert made_up(run, config()) == AGAIN
    logged(run, {14: VALIDATED}, attempt=2)
    assert made_up(run, config()) == ()


def test_a_run_without_a_checkpoint_starts_as_asked(run):
    assert made_up(run, config()) == ()


@pytest.mark.slow  # verl's whole configuration, twice
def test_the_resumed_attempt_is_told_last(toy, monkeypatch):
    monkeypatch.setenv("AT_STEP", "sys.exit(3)")
    asked = ("trainer.test_freq=1", "trainer.val_before_train=false")
    toy(*asked)
    saved(Run(only_run(toy)), 1)
    toy(*asked)
    first, second = [
        line for line in (only_run(toy) / "train.log").read_text().splitlines() if "===" in line
    ]
    assert "val_before_train=true" not in first
    assert second.index("val_before_train=true") > second.index("val_before_train=false")
