"""``verl-credit train`` as a user runs it: interrupted with Ctrl-C, started again, reported."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recipes.report.panels import PANELS
from recipes.runs import Run

from .small import SMALL

TIMEOUT_S = 600
OVERRIDES = (
    *(item for item in SMALL if not item.startswith(("trainer.val_before", "trainer.test_freq"))),
    "trainer.total_training_steps=3",
    "trainer.save_freq=1",
    "trainer.test_freq=3",
    "data.env.validation_size=8",
    "actor_rollout_ref.rollout.val_kwargs.n=4",
)


@pytest.fixture
def start(tmp_path: Path, warm_model: Path):
    program = Path(sys.executable).with_name("verl-credit")

    def run() -> subprocess.Popen:
        return subprocess.Popen(
            [
                program,
                "train",
                "cpu_addition",
                *OVERRIDES,
                f"actor_rollout_ref.model.path={warm_model}",
            ],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return run


def finish(process: subprocess.Popen) -> tuple[int, str]:
    output, _ = process.communicate(timeout=TIMEOUT_S)
    return process.returncode, output


def processes_of(folder: Path) -> list[int]:
    """Processes that carry the run's mark in their environment."""
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
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        for path in folder.glob("outputs/cpu_addition/*"):
            run = Run(path.resolve())
            if (run.checkpoints / f"global_step_{step}" / "data.pt").exists():
                return run
        time.sleep(0.2)
    raise TimeoutError(f"step {step} was not reached")


def test_ctrl_c_then_the_same_command_finishes_and_reports(start, tmp_path: Path) -> None:
    process = start()
    run = wait_for_step(tmp_path, 1)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    status, output = finish(process)
    assert status == 128 + signal.SIGINT, output
    assert "the same command resumes" in output
    assert processes_of(run.path) == []

    status, output = finish(start())
    assert status == 0, output
    assert "Resuming" in output
    assert len(run.attempts()) == 2
    assert {1, 2, 3} <= set(run.history) or {2, 3} <= set(run.history)
    assert "setting global step to" in run.log.read_text(errors="replace")
    page = (run.path / "report.html").read_text()
    assert f"<h1>cpu_addition / {run.path.name}</h1>" in page
    drawn = re.findall(r"<h3>([^<]*)</h3>\n<svg", page)
    assert {panel(run).title for panel in PANELS} <= set(drawn), drawn
    for name in ("val-credit/reasoning/Addition-v0/mean/pass@1", "mean/pass@4"):
        value = next(v for k, v in run.history[3].items() if k.endswith(name))
        assert f"{value:.3f}" in page[page.index("Before and after") : page.index("Plots</h2>")]
    assert "Report:" in output
    assert f"{run.history[3]['val-credit/reasoning/Addition-v0/mean/pass@1']:.3f}" in output
    assert processes_of(run.path) == []
