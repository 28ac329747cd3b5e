"""The watch over vLLM's processes, on real processes that carry vLLM's titles."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from omegaconf import OmegaConf

from credit_plugins.errors import EngineDiedError
from credit_plugins.verl_adapter import engine_death
from credit_plugins.verl_adapter.engine_watch import EngineWatch, last_engine_error

ENGINE, WORKER, OTHER = "VLLM::EngineCore", "VLLM::Worker", "resource_tracker"


@pytest.fixture
def child():
    """Start a process under a title; what is still running at the end is ended."""
    started = []

    def start(title: str) -> subprocess.Popen:
        command = f"exec -a {title} {sys.executable} -c 'import time; time.sleep(60)'"
        started.append(subprocess.Popen(["bash", "-c", command]))
        deadline = time.monotonic() + 10
        cmdline = Path(f"/proc/{started[-1].pid}/cmdline")
        while not cmdline.read_text().startswith(title) and time.monotonic() < deadline:
            time.sleep(0.01)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


class Heard:
    """What a watch said, and when."""

    def __init__(self) -> None:
        self.causes: list[str] = []
        self.ended: list[str] = []
        self.over = threading.Event()

    def watch(self, *logs: Path) -> EngineWatch:
        watch = EngineWatch(self.causes.append, self._end, logs, poll_s=0.02, grace_s=0.1)
        watch.start()
        return watch

    def _end(self, cause: str) -> None:
        self.ended.append(cause)
        self.over.set()


@pytest.mark.parametrize("title", [ENGINE, WORKER])
def test_a_killed_engine_process_ends_the_server_with_its_name(child, title):
    child(OTHER)
    process, heard = child(title), Heard()
    assert [found for _, found in heard.watch().watched] == [title]
    assert not heard.over.wait(0.3), "it was still running"
    os.kill(process.pid, signal.SIGKILL)
    assert heard.over.wait(5)
    assert heard.causes == heard.ended
    assert heard.causes[0].startswith(f"vLLM's process {title} (pid {process.pid}) ")


def test_a_core_ended_by_a_signal_is_the_cause_and_one_that_fails_follows_its_worker(child):
    """They end within moments of each other; the exit status of the core tells which was first."""
    dead = [(psutil.Process(), ENGINE), (psutil.Process(child(WORKER).pid), WORKER)]
    for code, named in ((-signal.SIGKILL, ENGINE), (1, WORKER), (None, WORKER)):
        watch = EngineWatch(print, print, poll_s=0.02)
        watch._children = {os.getpid(): SimpleNamespace(exitcode=code)}
        assert named in watch._cause(dead), code


def test_other_processes_of_the_server_may_end(child):
    child(ENGINE)
    other, heard = child(OTHER), Heard()
    heard.watch()
    other.kill()
    other.wait()
    assert not heard.over.wait(0.5)


def test_the_cause_has_the_engines_own_error(child, tmp_path):
    log = tmp_path / "worker.err"
    log.write_text(
        "(EngineCore pid=7) ERROR 11-26 [core.py:1] RuntimeError: CPU Generator has no offset\n"
        "(EngineCore pid=7) ERROR 11-26 [core.py:2] vllm.EngineDeadError: EngineCore died\n"
        "ERROR [async_llm.py:1] ValueError: said by another process\n"
    )
    assert last_engine_error(log) == "RuntimeError: CPU Generator has no offset"
    process, heard = child(ENGINE), Heard()
    heard.watch(tmp_path / "worker.out", log)
    process.kill()
    assert heard.over.wait(5)
    assert heard.causes[0].endswith("its last error is: RuntimeError: CPU Generator has no offset")


def test_a_log_without_errors_or_no_log_says_nothing(tmp_path):
    (tmp_path / "log").write_text("(EngineCore pid=7) INFO all is well\n")
    assert last_engine_error(tmp_path / "log") == ""
    assert last_engine_error(tmp_path / "missing") == ""


def test_a_process_knows_the_files_it_prints_to(tmp_path):
    code = "from credit_plugins.verl_adapter.engine_watch import own_logs; print(*own_logs())"
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        subprocess.run([sys.executable, "-c", code], stdout=stdout, stderr=stderr, check=True)
    assert out.read_text().split() == [str(out), str(err)]


# ---- what the user reads


def trainer(folder: Path, resume_mode: str = "auto") -> OmegaConf:
    section = {"default_local_dir": str(folder), "resume_mode": resume_mode}
    return OmegaConf.create({"trainer": section})


@pytest.fixture
def checkpointed(tmp_path):
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("7")
    return tmp_path


def died() -> str:
    return "vLLM's process X (pid 1) has died"


def test_an_error_is_told_with_the_cause_and_what_resumes(monkeypatch, checkpointed):
    monkeypatch.setattr(engine_death, "_driver_command", lambda: "python -m verl.trainer.main_ppo")
    with (
        pytest.raises(EngineDiedError, match=r"process X .* resumes from global_step_7") as told,
        engine_death.explained(trainer(checkpointed), died),
    ):
        raise ValueError("Received an empty list as keys")
    assert str(told.value).endswith("global_step_7: python -m verl.trainer.main_ppo")
    assert isinstance(told.value.__cause__, ValueError)


WAITS = {
    "sleep": lambda: time.sleep(20),
    "asyncio": lambda: asyncio.run(asyncio.sleep(20)),  # as verl waits for a weight sync
    "lock": lambda: threading.Event().wait(20),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
@pytest.mark.parametrize("sigint", [signal.default_int_handler, signal.SIG_IGN])
def test_a_wait_for_a_dead_engine_is_interrupted(monkeypatch, checkpointed, wait, sigint):
    """Also where SIGINT is ignored, as in a job that a shell has put into the background."""
    monkeypatch.setattr(engine_death, "POLL_S", 0.01)
    monkeypatch.setattr(engine_death, "PATIENCE_S", 0.1)
    begin = time.monotonic()
    previous = signal.signal(signal.SIGINT, sigint)
    try:
        with (
            pytest.raises(EngineDiedError, match="process X"),
            engine_death.explained(trainer(checkpointed), died),
        ):
            wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    assert time.monotonic() < begin + 10


def test_a_run_that_ends_well_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(engine_death, "POLL_S", 0.01)
    monkeypatch.setattr(engine_death, "PATIENCE_S", 0.1)
    with engine_death.explained(trainer(tmp_path), died):
        time.sleep(0.05)
    time.sleep(0.3)  # an interrupt that came late would end this test


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_other_errors_stay_what_they_are(monkeypatch, tmp_path, error):
    monkeypatch.setattr(engine_death, "_DELAY_S", 0.0)
    with pytest.raises(type(error)), engine_death.explained(trainer(tmp_path), lambda: ""):
        raise error


def test_without_a_checkpoint_and_without_resuming_it_says_so(monkeypatch, tmp_path, checkpointed):
    monkeypatch.setenv("VERL_CREDIT_RUN", "/some/run")
    told = engine_death.how_to_go_on(trainer(checkpointed, "disable").trainer)
    assert "with trainer.resume_mode=auto resumes from global_step_7." in told
    fresh = trainer(tmp_path / "none").trainer
    assert "the same command starts from the beginning" in engine_death.how_to_go_on(fresh)
