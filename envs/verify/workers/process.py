"""One worker process as its owner sees it: start, ask within a deadline, kill, start again.

Two layers (see `child.py`): the outer process forks one limited child after another. A deadline
kills the child only; the outer one has the next ready in milliseconds.

Processes are started by exec (`subprocess`), never by forking this one: it may hold threads, locks
and CUDA. They do not import the caller's `__main__` either, as multiprocessing's spawn and
forkserver would.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from ...errors import VerifierError
from .messages import Message, Reply, Request, receive, send

_START_SECONDS = 60.0
_LOAD_SECONDS = 120.0
_MAX_LOADED = 32
_DIED = "died"  # an error between us and `ask`: of the request, or of something else
_PACKAGE = Path(__file__).resolve().parents[2]
_BOOT = (
    # The package's own __init__ registers environments, which comparisons have no use for.
    "import sys, types; p = types.ModuleType({name!r}); p.__path__ = [{path!r}]; "
    "sys.modules[{name!r}] = p; from {child} import serve; serve({fd}, {job!r})"
)


class WorkerProcess:
    """One worker and the pipe to it; used by one thread at a time.

    Args:
        job: the class of its job, written `module:Class`.
        count: called with "kills" or "respawns" whenever one happens.
    """

    _connection: Connection  # from the first start on

    def __init__(self, job: str, count: Callable[[str], None]) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._job = job
        self._count = count
        self._child_pid = 0
        self._loaded: set[str] = set()
        self._stopped = False
        self._serial = 0  # of the last request
        self._lost = False

    def make_ready(self) -> None:
        """Make sure that a child waits for a request.

        Raises:
            VerifierError: none can be started.
        """
        try:
            self._make_ready()
        except (OSError, EOFError):
            self._discard()
            try:
                self._make_ready()
            except (OSError, EOFError) as error:
                self._discard()
                raise VerifierError(
                    "The verifier's worker process does not start: "
                    f"{str(error) or 'it ended without a word'}."
                ) from None

    def load(self, load: Request) -> str:
        """Let the child load what `load` describes; return what went wrong, or "".

        This imports the caller's code, which may take minutes, so it has a deadline of its own.
        """
        for _ in range(2):  # something else may have killed an idle child
            self.make_ready()
            if load["load"] in self._loaded:
                return ""
            forget = len(self._loaded) >= _MAX_LOADED
            reply = self._exchange(load | {"forget": forget}, _LOAD_SECONDS)
            if reply.get("error") != _DIED:
                break
        if "error" in reply:
            return str(reply.get("detail") or _LOAD_FAILURES[reply["error"]])
        self._loaded = {load["load"]} if forget else self._loaded | {load["load"]}
        return ""

    def ask(self, request: Request, load: Request | None = None) -> Reply:
        """Return the worker's reply, or `timeout` after killing it, or `crash` if it died.

        "ms" says how long that took, from sending the request. A request whose worker died is sent
        once more: something else may have killed it, while it was idle or at work.

        Args:
            request: what to ask.
            load: what the child must hold, the next one too; if that fails the reply is
                `{"error": "load", "detail": why}`.
        """
        took_ms = 0.0
        for _ in range(2):
            if load and (problem := self.load(load)):
                return {"error": "load", "detail": problem, "ms": took_ms}
            self.make_ready()
            reply = self._exchange(request, request["timeout"])
            took_ms += reply["ms"]
            if reply.get("error") != _DIED:
                break
        else:
            reply = {"error": "crash"}
        return reply | {"ms": took_ms}

    def stop(self) -> None:
        """Kill the worker for good."""
        self._stopped = True
        self._discard()

    def _exchange(self, request: Request, seconds: float) -> Reply:
        self._serial += 1
        start = time.perf_counter()
        try:
            send(self._connection, request | {"id": self._serial})
            reply = self._reply(start + seconds)
        except (OSError, EOFError):
            self._discard()
            return {"error": _DIED, "ms": (time.perf_counter() - start) * 1e3}
        took_ms = (time.perf_counter() - start) * 1e3
        if reply.get("error") == "timeout":
            self._kill_child()
        elif "pid" in reply:  # the child died before it replied, and this is the next one's hello
            self._greet(reply["pid"])
            self._count("respawns")
            reply = {"error": _DIED}
        elif reply["last"]:
            self._child_pid = 0
        return reply | {"ms": took_ms}

    def _reply(self, deadline: float) -> Message:
        """Return the reply to the last request, or the hello of a child that has not seen it.

        A child that dies may leave a request unread, and the next one would answer it: such a
        reply is dropped, for it is about another answer.
        """
        while self._connection.poll(max(0.0, deadline - time.perf_counter())):
            reply = receive(self._connection)
            if "pid" in reply or reply["id"] == self._serial:
                return reply
        return {"error": "timeout"}

    def _make_ready(self) -> None:
        if self._stopped:
            raise OSError("stopped")
        if self.process is None:
            self._start()
        if not self._child_pid:
            self._await_hello()

    def _await_hello(self) -> None:
        """Drop what a killed child may still have sent, up to the greeting of the next one."""
        while not self._child_pid:
            if not self._connection.poll(_START_SECONDS):
                raise OSError(f"no sign of life for {_START_SECONDS:.0f} s")
            reply = receive(self._connection)
            if "failed" in reply:
                raise OSError(reply["failed"])
            self._greet(reply.get("pid", 0))
        if self._lost:
            self._lost = False
            self._count("respawns")

    def _greet(self, pid: int) -> None:
        self._child_pid = pid
        self._loaded = set()

    def _kill_child(self) -> None:
        os.kill(self._child_pid, signal.SIGKILL)
        self._child_pid, self._lost = 0, True
        self._count("kills")

    def _start(self) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            self.process = subprocess.Popen(
                self._command(theirs.fileno()),
                cwd="/",
                env=_environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in a terminal is for the trainer
            )

    def _command(self, fd: int) -> list[str]:
        here = {"name": _PACKAGE.name, "path": str(_PACKAGE), "child": f"{__package__}.child"}
        return [sys.executable, "-c", _BOOT.format(**here, fd=fd, job=self._job)]

    def _discard(self) -> None:
        """Kill the process group and forget it; the next request starts another."""
        process, self.process, self._child_pid = self.process, None, 0
        if process is None:
            return
        self._lost = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._connection.close()


_LOAD_FAILURES = {
    "timeout": f"it took more than {_LOAD_SECONDS:.0f} s",
    _DIED: "the process died of it",
    "memory": "it ran out of memory",
}
_KEPT = {"PATH", "LD_LIBRARY_PATH", "LANG"}
# One thread per worker: the cores belong to the other workers and to the trainer.
_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def absolute_path() -> list[str]:
    """Return `sys.path` in a form that means the same from another folder."""
    return [str(Path(entry).resolve()) for entry in sys.path]


def _environment() -> dict[str, str]:
    """Keep what the interpreter needs and drop keys, tokens and proxies."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    path = {"PYTHONPATH": os.pathsep.join(absolute_path()), "PYTHONDONTWRITEBYTECODE": "1"}
    return kept | path | _THREADS
