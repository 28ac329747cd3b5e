"""Nothing of a run stays in shared memory or in temporary folders, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Iterator
from multiprocessing import resource_tracker, shared_memory
from pathlib import Path

import pytest

from recipes.processes.marked import marked
from recipes.processes.training import Training

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and /dev/shm")

# As vLLM and verl leave them: a segment in shared memory, a socket of verl's, temporary files, and
# what joblib makes where kernels are compiled, which no process maps.
PROGRAM = """
    import os, pathlib, socket, sys, tempfile, time
    from multiprocessing import resource_tracker, shared_memory
    name, sock, ready = sys.argv[1:]
    segment = shared_memory.SharedMemory(name, create=True, size=1000)
    resource_tracker.unregister(segment._name, "shared_memory")  # killed, it could not either
    server = socket.socket(socket.AF_UNIX)
    server.bind(sock)
    server.listen()
    tempfile.mkstemp()
    pathlib.Path(f"/dev/shm/sem.loky-{os.getpid()}-{name}").touch()
    pathlib.Path(ready).write_text(tempfile.gettempdir())
    time.sleep(60)
"""


class Left:
    """What the program makes, and where."""

    def __init__(self, folder: Path) -> None:
        name = f"test_{uuid.uuid4().hex}"
        self.segment = Path("/dev/shm", name)
        self.socket = Path("/tmp", f"rl-colocate-zmq-{name[:20]}.sock")
        self.ready = folder / "ready"
        program = textwrap.dedent(PROGRAM)
        made = (name, str(self.socket), str(self.ready))
        self.command = [sys.executable, "-c", program, *made]

    @property
    def temporary(self) -> Path:
        return Path(self.ready.read_text())

    def wait(self) -> None:
        wait_for(lambda: self.ready.exists() and self.ready.read_text())
        assert self.segment.exists()
        assert self.socket.exists()
        assert self.semaphores()
        assert any(self.temporary.iterdir())
        time.sleep(0.6)  # two looks of the janitor

    def is_gone(self) -> bool:
        there = (self.segment.exists(), self.socket.exists(), self.temporary.exists())
        return not any(there) and not self.semaphores()

    def semaphores(self) -> list[Path]:
        return list(self.segment.parent.glob(f"sem.loky-*-{self.segment.name}"))


def wait_for(condition, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.05)


@pytest.fixture
def left(tmp_path) -> Iterator[Left]:
    made = Left(tmp_path)
    yield made
    made.segment.unlink(missing_ok=True)
    made.socket.unlink(missing_ok=True)
    for path in made.semaphores():
        path.unlink()


def test_a_run_that_is_ended_leaves_nothing(left, tmp_path):
    training = Training(left.command, {}, tmp_path / "train.log", tmp_path)
    left.wait()
    training.end()
    assert left.is_gone()


def test_a_process_of_the_run_that_is_killed_leaves_nothing(left, tmp_path):
    training = Training(left.command, {}, tmp_path / "train.log", tmp_path)
    left.wait()
    os.killpg(training._process.pid, signal.SIGKILL)
    assert training.end() == -signal.SIGKILL
    assert left.is_gone()


def test_a_launch_that_is_killed_leaves_nothing(left, tmp_path):
    launch = f"""
        import pathlib, time
        from recipes.processes.training import Training
        folder = pathlib.Path({str(tmp_path)!r})
        training = Training({left.command!r}, {{}}, folder / "train.log", folder)
        time.sleep(60)
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(launch)]) as process:
        left.wait()
        process.kill()
        wait_for(left.is_gone)
        wait_for(lambda: not marked(str(tmp_path)))


def test_what_others_have_is_left_alone(left, tmp_path):
    """Also what comes while the run goes on."""
    training = Training(left.command, {}, tmp_path / "train.log", tmp_path)
    left.wait()
    other = shared_memory.SharedMemory(create=True, size=1000)
    resource_tracker.unregister(other._name, "shared_memory")
    time.sleep(0.6)
    training.end()
    assert left.is_gone()
    assert Path("/dev/shm", other.name).exists()
    resource_tracker.register(other._name, "shared_memory")
    other.close()
    other.unlink()


def test_ray_logs_of_a_failure_are_kept(tmp_path):
    program = """
        import pathlib, sys, tempfile
        logs = pathlib.Path(tempfile.gettempdir(), "ray", "session_latest", "logs")
        logs.mkdir(parents=True)
        (logs / "raylet.out").write_text("out of memory")
        sys.exit(int(sys.argv[1]))
    """
    for status in (0, 1):
        command = [sys.executable, "-c", textwrap.dedent(program), str(status)]
        training = Training(command, {}, tmp_path / "train.log", tmp_path)
        wait_for(lambda: training.poll() is not None)  # noqa: B023 - called at once
        assert training.end() == status
        assert (tmp_path / "ray_logs").exists() == bool(status)
    assert (tmp_path / "ray_logs" / "raylet.out").read_text() == "out of memory"
