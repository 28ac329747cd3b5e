"""A disk that fills up while a checkpoint is written costs that checkpoint alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recipes.runs import Run
from recipes.runs.checkpoints import Checkpoint, last_step

from .command import finish, start, wait_for_step
from .small import SMALL

LEFT = 3 << 20  # less than a checkpoint, 11 MB, and enough for the log


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 100 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a file system takes root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all room but a little."""
    filler = folder / "filler"
    room = shutil.disk_usage(folder).free - LEFT
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room)
    return filler


def test_a_full_disk_is_said_and_the_run_goes_on_once_there_is_room(
    small_disk: Path, warm_model: Path
) -> None:
    command = (
        *("train", "cpu_addition"),
        *(item for item in SMALL if not item.startswith(("trainer.save", "trainer.total"))),
        "trainer.total_training_steps=6",
        "trainer.save_freq=1",
        f"actor_rollout_ref.model.path={warm_model}",
    )
    process = start(small_disk, *command)
    run = wait_for_step(small_disk, 1)
    filler = fill(small_disk)
    stopped = finish(process, run.path)
    assert stopped.status not in (0, 2), stopped.output
    assert "is full, or nearly:" in stopped.output, stopped.output
    assert "Traceback" not in stopped.output
    last = last_step(run.checkpoints)
    assert last is not None
    assert f"The same command goes on from global_step_{last}." in stopped.output
    Checkpoint(run.checkpoints / f"global_step_{last}").check()

    filler.unlink()
    finished = finish(start(small_disk, *command), run.path)
    assert finished.status == 0, finished.output
    assert "Resuming" in finished.output
    assert f"setting global step to {last}" in run.log.read_text(errors="replace")
    assert set(range(last + 1, 7)) <= set(Run(run.path).history)
