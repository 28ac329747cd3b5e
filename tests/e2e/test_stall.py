"""A run in which nothing moves any more ends with the cause, in stock verl."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .test_engine_death import engine_process

LIMIT_S = 120  # longer than a start-up, in which nothing is seen to move either


@pytest.mark.long
def test_an_engine_that_no_longer_answers_ends_the_run(run_verl: Callable) -> None:
    stopped: dict[str, float] = {}

    def stop(process: subprocess.Popen, folder: Path) -> None:
        while "Training Progress" not in (folder / "train.log").read_text(errors="replace"):
            if process.poll() is not None:
                return
            time.sleep(0.1)
        # It lives, so no watch over processes sees anything; it only does nothing any more.
        pid = engine_process("VLLM::EngineCore", folder)
        os.kill(pid, signal.SIGSTOP)
        stopped.update(pid=pid, at=time.monotonic())

    def in_the_first_step(process: subprocess.Popen, folder: Path) -> None:
        threading.Thread(target=stop, args=(process, folder)).start()

    run = run_verl(f"trainer.stall.first_step_s={LIMIT_S}", at_step=(-1, in_the_first_step))
    took = time.monotonic() - stopped["at"]
    print(f"ended {took:.1f} s after the engine stood still")
    if Path(f"/proc/{int(stopped['pid'])}").exists():
        os.kill(int(stopped["pid"]), signal.SIGKILL)
    assert run.returncode not in (0, -signal.SIGKILL)
    assert LIMIT_S <= took < LIMIT_S + 60, took
    last = run.log[-6000:]
    assert "No rollout has finished and no phase of a step has ended for" in last, last
    assert f"trainer.stall.first_step_s={LIMIT_S}" in last
    assert "At step 1, no phase has ended" in last
    assert "No checkpoint has been written yet; the same command starts from the beginning" in last
