"""Nothing is left running, however an attempt ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from recipes.processes.marked import RUN_MARK, end_marked
from recipes.processes.training import Training

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def start(tmp_path: Path, program: str, **env: str) -> Training:
    command = [sys.executable, "-c", textwrap.dedent(program)]
    return Training(command, env, tmp_path / "train.log", tmp_path)


def wait_for(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


# A child that starts a grandchild in a session of its own, as daemons do, and then waits.
FAMILY = """
    import pathlib, signal, subprocess, sys, time
    # A shell's background job, where these tests may run, starts its children with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", stubborn], start_new_session=True)
    try:
        pathlib.Path("{pids}").write_text(str(child.pid))
        time.sleep(60)
    except KeyboardInterrupt:
        print("clean end", flush=True)
        sys.exit(0)
"""


def family(tmp_path: Path) -> tuple[Training, int]:
    pids = tmp_path / "pids"
    process = start(tmp_path, FAMILY.format(pids=pids))
    wait_for(lambda: pids.exists() and pids.read_text())
    return process, int(pids.read_text())


def test_output_and_environment(tmp_path):
    program = """
        import os, sys
        print(os.environ["X"])
        print("e", file=sys.stderr)
    """
    process = start(tmp_path, program, X="from recipe")
    wait_for(lambda: process.poll() is not None)
    assert process.end() == 0
    assert set((tmp_path / "train.log").read_text().split("\n")) == {"from recipe", "e", ""}


def test_child_has_a_session_of_its_own(tmp_path):
    program = "import os; print(os.getsid(0) == os.getpid())"
    process = start(tmp_path, program)
    wait_for(lambda: process.poll() is not None)
    process.end()
    assert (tmp_path / "train.log").read_text() == "True\n"


def test_interrupt_ends_the_child_cleanly_and_its_daemons_too(tmp_path):
    process, grandchild = family(tmp_path)
    process.interrupt(insist_s=0.3)
    assert process.poll() == 0
    assert "clean end" in (tmp_path / "train.log").read_text()
    assert not alive(grandchild)


def test_a_child_that_ignores_everything_is_killed(tmp_path):
    program = """
        import signal, time
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        print("ready", flush=True)
        time.sleep(60)
    """
    process = start(tmp_path, program)
    wait_for(lambda: "ready" in (tmp_path / "train.log").read_text())
    process.interrupt(patience_s=0.1, insist_s=0.1)
    assert process.poll() == -signal.SIGKILL


def test_end_after_the_end_is_harmless(tmp_path):
    process = start(tmp_path, "pass")
    wait_for(lambda: process.poll() is not None)
    process.end()
    assert process.poll() == 0


def test_child_dies_with_a_killed_parent(tmp_path):
    program = f"""
        import pathlib, time
        from recipes.processes.training import Training
        folder = pathlib.Path({str(tmp_path)!r})
        Training(["{sys.executable}", "-c", "import os, time; print(os.getpid(), flush=True); "
                  "time.sleep(60)"], {{}}, folder / "train.log", folder)
        time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
    log = tmp_path / "train.log"
    wait_for(lambda: log.exists() and log.read_text())
    child = int(log.read_text())
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(child))


def test_a_process_is_waited_for_until_it_is_gone(tmp_path):
    # Without SPT_NOENV the title takes the place of the environment, as a process that the kernel
    # is taking down shows none either.
    program = """
        import os, signal, time
        from setproctitle import setproctitle

        def end(*_):
            setproctitle("ending")
            time.sleep(0.5)
            os._exit(0)

        signal.signal(signal.SIGTERM, end)
        print("ready", flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    env = {**os.environ, RUN_MARK: str(tmp_path)}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        assert end_marked(str(tmp_path), patience_s=5.0) == 1
        assert not alive(process.pid)
        assert process.wait() == 0


def test_processes_that_name_themselves_keep_the_mark(tmp_path):
    program = """
        import time
        from setproctitle import setproctitle
        setproctitle("ray::DashboardAgent")
        print("ready", flush=True)
        time.sleep(60)
    """
    process = start(tmp_path, program)
    wait_for(lambda: "ready" in (tmp_path / "train.log").read_text())
    assert end_marked(str(tmp_path)) == 1
    assert process.poll() == -signal.SIGTERM


def test_leftovers_of_this_run_are_ended_and_no_others(tmp_path):
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    mine = subprocess.Popen(sleep, env={**os.environ, RUN_MARK: str(tmp_path)})
    other = subprocess.Popen(sleep, env={**os.environ, RUN_MARK: f"{tmp_path}-2"})
    try:
        wait_for(lambda: end_marked(str(tmp_path)) == 1 or mine.poll() is not None)
        assert mine.wait(5) == -signal.SIGTERM
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
