"""The training process: started so that it can be ended completely, whatever happens to us."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# In the environment of the child and, by inheritance, of every Ray and vLLM process of a run.
RUN_MARK = "VERL_CREDIT_RUN"
# Ray's agents name themselves with setproctitle, which would write over that environment.
_KEEP_ENVIRONMENT = {"SPT_NOENV": "1"}
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Training:
    """A running ``verl.trainer.main_ppo`` in a session of its own.

    A session, because Ctrl-C on a terminal would otherwise reach dozens of Ray and vLLM processes
    at once, in no order. On Linux the kernel sends the child SIGTERM when this process dies.

    Args:
        command: program and arguments.
        env: additions to this process's environment.
        log: file that its output is appended to.
        mark: path of the run folder; identifies the processes of this run.
    """

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], log: Path, mark: Path
    ) -> None:
        self.mark = str(mark)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **env, **_KEEP_ENVIRONMENT, RUN_MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )

    def poll(self) -> int | None:
        """Exit status; None while it runs."""
        return self._process.poll()

    def interrupt(self, patience_s: float = 30.0, insist_s: float = 10.0) -> None:
        """Ask for a clean end with SIGINT; insist after ``patience_s`` seconds."""
        self._process.send_signal(signal.SIGINT)
        _wait_until(self._has_ended, patience_s)
        self.end(insist_s)

    def end(self, patience_s: float = 10.0) -> int:
        """End the process and everything it started, if any of it still runs; its exit status."""
        if self.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            _wait_until(self._has_ended, patience_s)
        end_marked(self.mark, patience_s)
        if self.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()

    def _has_ended(self) -> bool:
        return self.poll() is not None


def end_marked(mark: str, patience_s: float = 10.0) -> int:
    """End every process that carries the mark of a run; works on Linux, elsewhere it does nothing.

    An attempt that was itself killed can leave engines behind that would compete with the next.

    Returns:
        How many there were.
    """
    started: dict[int, str] = {}

    def left() -> list[int]:
        # A process on its way out shows no environment any more, but still runs until it is gone.
        for pid in _marked(mark):
            started.setdefault(pid, _start_time(pid))
        return [pid for pid, start in started.items() if start and _start_time(pid) == start]

    found = left()
    _signal_all(found, signal.SIGTERM)
    _wait_until(lambda: not left(), patience_s)
    _signal_all(left(), signal.SIGKILL)
    _wait_until(lambda: not left(), patience_s)
    return len(found)


def _die_with(parent: int) -> Callable[[], None]:
    def prepare() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the request was in place
            os._exit(1)

    return prepare


def _wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def _marked(mark: str) -> list[int]:
    wanted = f"{RUN_MARK}={mark}".encode()
    return [pid for pid in _pids() if pid != os.getpid() and wanted in _environment(pid)]


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # gone, or another user's
        return []


def _start_time(pid: int) -> str:
    """When a process started, which tells it from a later one of the same id; "" if it ended."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else fields[18]


def _signal_all(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
