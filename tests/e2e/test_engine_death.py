"""A run whose engine dies ends soon, says why, and says what resumes it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

MOST_S = 60


def engine_process(title: str, folder: Path) -> int:
    """The process of vLLM with this title that works for the run in ``folder``."""
    mark = str(folder / "spy")
    for process in psutil.process_iter(["cmdline"]):
        if (process.info["cmdline"] or [""])[0].startswith(title):
            for parent in process.parents():
                if mark in parent.environ().get("E2E_SPY_DIR", ""):
                    return process.pid
    raise AssertionError(f"no process {title} of this run")


def wait_for_a_weight_sync() -> None:
    """Return when verl's sender of weights waits for the worker's first answer."""
    deadline = time.monotonic() + 60
    while not any(Path("/tmp").glob("rl-colocate-zmq-*.sock")):
        assert time.monotonic() < deadline, "no weight sync within 60 s"
        time.sleep(0.001)


def test_a_worker_killed_in_a_weight_sync_ends_the_run(run_verl: Callable) -> None:
    """In stock verl; tests/drills kills processes of every kind under our launch."""
    title = "VLLM::Worker"
    killed: dict[str, float] = {}

    def kill(_process: subprocess.Popen, folder: Path) -> None:
        pid = engine_process(title, folder)
        wait_for_a_weight_sync()
        os.kill(pid, signal.SIGKILL)
        killed.update(pid=pid, at=time.monotonic())

    run = run_verl("trainer.total_training_steps=50", "trainer.save_freq=1", at_step=(2, kill))
    took = time.monotonic() - killed["at"]
    assert run.returncode not in (0, -signal.SIGKILL)
    assert took < MOST_S, took
    print(f"ended {took:.1f} s after kill -9 of {title}")
    last = run.log[-4000:]
    assert f"(pid {killed['pid']})" in last, last
    assert "resumes from global_step_" in last
    assert "verl.trainer.main_ppo --config-dir" in last


def test_seeded_prompts_beyond_the_token_budget_train(run_verl: Callable) -> None:
    """vLLM would prefill them in parts and turn back torch's CPU generator, which has no offset."""
    run = run_verl(
        "actor_rollout_ref.rollout.max_num_batched_tokens=48",
        "actor_rollout_ref.rollout.max_num_seqs=16",
    )
    assert run.returncode == 0, run.log[-3000:]
    assert run.metrics[2]["training/rollout_probs_diff_max"] < 1e-4
