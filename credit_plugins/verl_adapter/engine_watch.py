"""Notices that a process of vLLM's engine has died, inside the server process that owns it.

vLLM runs its engine in processes below verl's server actor: ``VLLM::EngineCore`` and below that one
``VLLM::Worker`` per device. When one of them is killed, verl 0.9.1 waits for its answers for ever.
The watch ends the server instead, which ends the run: verl does handle the loss of a server.
"""

from __future__ import annotations

import multiprocessing
import re
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

ENGINE_TITLE = "VLLM::"
POLL_S = 1.0
GRACE_S = 5.0
"""How long a server may outlive its engine. At the end of a run the engine ends first."""

_TAIL_BYTES = 1 << 18
_ENGINE_ERROR = re.compile(
    r"\((?:EngineCore|Worker)\S* pid=\d+\).*?\b((?:\w+\.)*\w*(?:Error|Exception): .+)"
)


class EngineWatch:
    """The engine processes below this process, as they are when the watch is made.

    Args:
        on_death: called once with the cause, as soon as a process is found dead.
        end: called ``grace_s`` seconds later, if this process still runs then.
        logs: files with the engine's output, whose last error explains the death.
        poll_s: seconds between two looks.
        grace_s: see ``end``.
    """

    def __init__(
        self,
        on_death: Callable[[str], None],
        end: Callable[[str], None],
        logs: Sequence[Path] = (),
        poll_s: float = POLL_S,
        grace_s: float = GRACE_S,
    ) -> None:
        self._on_death, self._end, self._logs = on_death, end, logs
        self._poll_s, self._grace_s = poll_s, grace_s
        self._children = {child.pid: child for child in multiprocessing.active_children()}
        below = psutil.Process().children(recursive=True)
        titled = [(process, title) for process in below if (title := _title(process))]
        self.watched = [pair for pair in titled if pair[1].startswith(ENGINE_TITLE)]

    def start(self) -> None:
        """Watch in a thread that ends with this process."""
        if self.watched:
            threading.Thread(target=self._watch, daemon=True, name="engine-watch").start()

    def _watch(self) -> None:
        while not (dead := self._dead()):
            time.sleep(self._poll_s)
        cause = self._cause(dead)
        self._on_death(cause)
        time.sleep(self._grace_s)
        self._end(cause)

    def _dead(self) -> list[tuple[psutil.Process, str]]:
        return [pair for pair in self.watched if not _runs(pair[0])]

    def _cause(self, dead: Sequence[tuple[psutil.Process, str]]) -> str:
        """One sentence about the process that died first, as far as that can be told.

        A core and its worker end within moments of each other. A core that a signal ended is the
        cause; a core that exited by itself did so because its worker died.
        """
        codes = [self._exit_code(process.pid) for process, _ in dead]
        killed = [i for i, code in enumerate(codes) if code is not None and code < 0]
        first = killed[0] if killed else -1
        process, title = dead[first]
        said = next(filter(None, map(last_engine_error, self._logs)), "")
        return f"vLLM's process {title} (pid {process.pid}) {_how(codes[first])}" + (
            f"; its last error is: {said.rstrip('.')}" if said else ""
        )

    def _exit_code(self, pid: int) -> int | None:
        """The exit code; None for a worker, which is a child of its core, not of ours."""
        child = self._children.get(pid)
        deadline = time.monotonic() + self._poll_s
        while child and child.exitcode is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return child.exitcode if child else None


def _how(code: int | None) -> str:
    if code is None:
        return "has died"
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit status {code}"


def last_engine_error(log: Path) -> str:
    """The last error that a process of the engine printed, "" without one.

    Errors that only say that the engine is dead are passed over.
    """
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            tail = file.read().decode(errors="replace")
    except OSError:
        return ""
    errors = [text.strip() for text in _ENGINE_ERROR.findall(tail) if "EngineDead" not in text]
    return errors[-1] if errors else ""


def own_logs() -> list[Path]:
    """The files that this process prints to, as a Ray worker does; vLLM logs to its stdout."""
    targets = [Path("/proc/self/fd", str(descriptor)).resolve() for descriptor in (1, 2)]
    return [target for target in targets if target.is_file()]


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _title(process: psutil.Process) -> str:
    try:
        return str((process.cmdline() or [""])[0])
    except psutil.Error:
        return ""
