"""What ends a run that cannot go on, and what its user reads."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from credit_plugins.errors import RunStuckError
from credit_plugins.verl_adapter import go_on, watchdog
from credit_plugins.verl_adapter.watchdog import Watchdog


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(watchdog, "POLL_S", 0.01)
    monkeypatch.setattr(watchdog, "PATIENCE_S", 0.1)
    monkeypatch.setattr(watchdog, "_DELAY_S", 0.0)


def config(folder: Path, resume_mode: str = "auto") -> OmegaConf:
    section = {"default_local_dir": str(folder), "resume_mode": resume_mode}
    return OmegaConf.create({"trainer": section})


@pytest.fixture
def checkpointed(tmp_path):
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("7")
    return tmp_path


def died() -> str:
    return "vLLM's process X (pid 1) has died"


@contextmanager
def watched(folder: Path, cause=died) -> Iterator[None]:
    dog = Watchdog(config(folder), cause)
    dog.start()
    try:
        with dog.explained():
            yield
    finally:
        dog.stop()


def test_an_error_is_told_with_the_cause_and_what_resumes(monkeypatch, checkpointed):
    monkeypatch.setattr(go_on, "_driver_command", lambda: "python -m verl.trainer.main_ppo")
    with (
        pytest.raises(RunStuckError, match=r"process X .* resumes from global_step_7") as told,
        watched(checkpointed),
    ):
        raise ValueError("Received an empty list as keys")
    assert str(told.value).endswith("global_step_7: python -m verl.trainer.main_ppo")
    assert isinstance(told.value.__cause__, ValueError)


def test_a_run_that_ends_well_gets_its_signal_back(quick, checkpointed):
    before = signal.getsignal(signal.SIGURG)
    with watched(checkpointed, cause=lambda: ""):
        assert signal.getsignal(signal.SIGURG) != before
    assert signal.getsignal(signal.SIGURG) == before


WAITS = {
    "sleep": lambda: time.sleep(20),
    "asyncio": lambda: asyncio.run(asyncio.sleep(20)),  # as verl waits for a weight sync
    "lock": lambda: threading.Event().wait(20),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("sigint", [signal.default_int_handler, signal.SIG_IGN])
def test_a_wait_without_an_end_is_interrupted(checkpointed, wait, sigint):
    """Also where SIGINT is ignored, as in a job that a shell has put into the background."""
    begin = time.monotonic()
    previous = signal.signal(signal.SIGINT, sigint)
    try:
        with pytest.raises(RunStuckError, match="process X"), watched(checkpointed):
            wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    assert time.monotonic() < begin + 10


@pytest.mark.usefixtures("quick")
def test_a_wait_between_the_guarded_parts_is_interrupted_too(checkpointed):
    dog = Watchdog(config(checkpointed), died)
    dog.start()
    try:
        with pytest.raises(RunStuckError, match=r"process X .* resumes from global_step_7"):
            time.sleep(20)
    finally:
        dog.stop()


@pytest.mark.usefixtures("quick")
def test_a_run_that_ends_well_is_left_alone(tmp_path):
    with watched(tmp_path):
        time.sleep(0.05)
    time.sleep(0.3)  # an interrupt that came late would end this test


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_other_errors_stay_what_they_are(tmp_path, error):
    with pytest.raises(type(error)), watched(tmp_path, lambda: ""):
        raise error


STUBBORN = """
import sys, time
from pathlib import Path
from omegaconf import OmegaConf
from credit_plugins.verl_adapter import watchdog
watchdog.POLL_S, watchdog.PATIENCE_S, watchdog.INSIST_S = 0.01, 0.1, 0.3
trainer = {"default_local_dir": sys.argv[1], "resume_mode": "auto"}
dog = watchdog.Watchdog(OmegaConf.create({"trainer": trainer}), lambda: "Nothing moves")
dog.start()
try:
    with dog.explained():
        time.sleep(20)
finally:
    time.sleep(20)  # verl's clean-up waits for a process that is gone
"""


def test_a_clean_up_without_an_end_is_ended_with_its_process(checkpointed):
    begin = time.monotonic()
    command = [sys.executable, "-c", STUBBORN, str(checkpointed)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "verl-credit: Nothing moves. The same command resumes from global_step_7" in ended.stderr
    assert time.monotonic() < begin + 20


def test_under_our_launch_that_says_what_resumes(monkeypatch, checkpointed):
    monkeypatch.setenv("VERL_CREDIT_RUN", "/some/run")
    assert go_on.how_to_go_on(config(checkpointed).trainer) == ""
    with (
        pytest.raises(RunStuckError, match=r"process X \(pid 1\) has died\.$"),
        watched(checkpointed),
    ):
        raise ValueError("Received an empty list as keys")


def test_without_a_checkpoint_and_without_resuming_it_says_so(tmp_path, checkpointed):
    told = go_on.how_to_go_on(config(checkpointed, "disable").trainer)
    assert "with trainer.resume_mode=auto resumes from global_step_7." in told
    fresh = config(tmp_path / "none").trainer
    assert "the same command starts from the beginning" in go_on.how_to_go_on(fresh)
