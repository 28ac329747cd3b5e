"""The ``verl-credit`` command as a user types it, and what it leaves running."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from recipes.runs import Run

TIMEOUT_S = 600


@dataclass
class Ended:
    """A command that has ended; ``left`` are the processes of the run that it left behind."""

    status: int
    output: str
    left: list[int]


def start(folder: Path, *arguments: str) -> subprocess.Popen:
    """Type a command in a folder."""
    return subprocess.Popen(
        [Path(sys.executable).with_name("verl-credit"), *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen, folder: Path) -> Ended:
    """Wait for its end."""
    output, _ = process.communicate(timeout=TIMEOUT_S)
    return Ended(process.returncode, output, processes_of(folder))


def processes_of(folder: Path) -> list[int]:
    """Processes that carry the mark of a run below a folder in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"VERL_CREDIT_RUN={folder}".encode() in environment:
                found.append(int(entry.name))
    return found


def wait_for_step(folder: Path, step: int) -> Run:
    """The run in a folder of runs that is the first to have a whole checkpoint of a step."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        for path in folder.glob("outputs/cpu_addition/*"):
            run = Run(path.resolve())
            if (run.checkpoints / f"global_step_{step}" / "data.pt").exists():
                return run
        time.sleep(0.2)
    raise TimeoutError(f"step {step} was not reached")


def end(raylet: subprocess.Popen[bytes]) -> None:
    """End a node of Ray with all that it has started."""
    if raylet.poll() is None:
        family = psutil.Process(raylet.pid).children(recursive=True)
        raylet.terminate()
        _, left = psutil.wait_procs(family, timeout=20)
        for process in left:
            process.kill()
    raylet.wait()
