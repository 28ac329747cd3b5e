"""Stopped between a checkpoint and its validation, a run makes up for the validation."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from recipes.runs import Run
from recipes.runs.checkpoints import last_step

from .command import TIMEOUT_S, finish, start
from .small import SMALL


def saved(folder: Path) -> Run:
    """The run below a folder, once its first checkpoint is complete."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        for path in folder.glob("outputs/cpu_addition/*"):
            if last_step(Run(path).checkpoints) == 1:
                return Run(path.resolve())
        time.sleep(0.02)
    raise TimeoutError("no checkpoint was written")


@pytest.mark.long  # tests/recipes/launch/test_missed.py has what is asked of verl
def test_the_validation_of_the_last_checkpoint_is_made_up(tmp_path, warm_model) -> None:
    command = (
        *("train", "cpu_addition"),
        *(item for item in SMALL if not item.startswith(("trainer.test_freq", "trainer.save"))),
        *("trainer.save_freq=1", "trainer.test_freq=1", "data.env.validation_size=128"),
        "actor_rollout_ref.rollout.val_kwargs.n=8",  # seconds, in which it is stopped
        f"actor_rollout_ref.model.path={warm_model}",
    )
    process = start(tmp_path, *command)
    run = saved(tmp_path)
    os.kill(process.pid, signal.SIGINT)
    stopped = finish(process, run.path)
    assert stopped.status == 128 + signal.SIGINT, stopped.output
    assert run.problems == {}, "it was stopped too late"

    done = finish(start(tmp_path, *command), run.path)
    assert done.status == 0, done.output
    run = Run(run.path)
    assert [step for step, _ in sorted(run.problems)] == [1, 2]
    assert all(len(problems) == 128 for problems in run.problems.values())
