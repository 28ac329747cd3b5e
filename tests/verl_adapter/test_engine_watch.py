"""The watch over vLLM's processes, on real processes that carry vLLM's titles."""

from __future__ import annotations

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
