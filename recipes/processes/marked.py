"""Processes that carry the mark of a run in their environment; standard library only."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# In the environment of the child and, by inheritance, of every Ray and vLLM process of a run.
RUN_MARK = "VERL_CREDIT_RUN"
# Ray's agents name themselves with setproctitle, which would write over that environment.
KEEP_ENVIRONMENT = {"SPT_NOENV": "1"}


def end_marked(mark: str, patience_s: float = 10.0) -> int:
    """End every process that carries the mark of a run; works on Linux, elsewhere it does nothing.

    An attempt that was itself killed can leave engines behind that would compete with the next.

    Returns:
        How many there were.
    """
    started: dict[int, str] = {}

    def left() -> list[int]:
        # A process on its way out shows no environment any more, but still runs until it is gone.
        for pid in marked(mark):
            started.setdefault(pid, _start_time(pid))
        return [pid for pid, start in started.items() if start and _start_time(pid) == start]

    found = left()
    _signal_all(found, signal.SIGTERM)
    wait_until(lambda: not left(), patience_s)
    _signal_all(left(), signal.SIGKILL)
    wait_until(lambda: not left(), patience_s)
    return len(found)


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Return once the condition holds, at the latest after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def marked(mark: str) -> list[int]:
    """Process ids, without our own; works on Linux, elsewhere there are none."""
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
