"""The process that judges: `serve(fd, job)` is its whole life.

Two layers. The outer process imports what the job needs, has no threads and does nothing but fork.
The inner one is limited in memory, file size, open files and processor time, answers requests from
the pipe, and may be killed at any moment: the outer one forks the next in milliseconds.

Wire format, both ways: one JSON object per message. Model text is data here too: it is never
unpickled and never evaluated.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

Message = dict[str, Any]

MEMORY_BYTES = 512 << 20
_CALLS_PER_LIFE = 5000
_RECURSION = 5000
_DONE, _RECYCLE = 87, 3  # 0 is what the exit of a check says
_PR_SET_PDEATHSIG = 1


class Job(Protocol):
    """What a worker does: `prepare` in the outer process, the other two in each child."""

    def prepare(self) -> None:
        """Import what every child needs."""

    def begin(self) -> None:
        """Set the limits of this child."""

    def answer(self, request: Message) -> Message:
        """Return the reply to one request."""


class Verify:
    """Compare an answer with the correct one; see `equivalence.decide`."""

    def prepare(self) -> None:
        """Import the computer algebra system and fill its caches, inherited by every child."""
        from ..algebra import confirm as symbolic

        symbolic.warm_up()

    def begin(self) -> None:
        """Limits no one can lift again."""
        sys.setrecursionlimit(_RECURSION)
        limit(MEMORY_BYTES, hard=True)

    def answer(self, request: Message) -> Message:
        """Return whether `request["answer"]` equals `request["gold"]`, or `reads` equals itself."""
        from ..algebra.confirm import confirm
        from ..compare.equivalence import decide, read
        from ..gold import expressions

        grant_seconds(request["timeout"])
        try:
            if "reads" in request:
                parts = expressions(read(request["reads"]))
                return {"correct": all(confirm(part, part) for part in parts)}
            return {"correct": bool(decide(request["gold"], request["answer"], confirm).correct)}
        except MemoryError:
            return {"error": "memory"}
        except Exception:  # whatever a parser raises on hostile text, the answer does not count
            return {"error": "unparsable"}


def serve(fd: int, job_name: str) -> None:
    """Fork one limited child after another on the pipe `fd`, until the pipe's owner goes away."""
    die_with_parent()
    connection = Connection(fd)
    job = _job(job_name)
    try:
        job.prepare()
    except Exception as error:
        connection.send_bytes(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
        return
    _enter_no_mans_land()
    while True:
        pid = os.fork()
        if pid == 0:
            os._exit(_live(connection, job))
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) == _DONE:
            return


def _job(name: str) -> Job:
    if name == "verify":
        return Verify()
    from .check_job import Check

    return Check()


def _live(connection: Connection, job: Job) -> int:
    """Say hello with our process id, answer a number of requests, and return an exit code.

    The last reply says that it is the last, so that the other side expects the next hello.
    """
    die_with_parent()
    job.begin()
    try:
        while connection.poll():  # what a killed child left unread is answered for already
            connection.recv_bytes()
        connection.send_bytes(json.dumps({"pid": os.getpid()}).encode())
        for calls_left in reversed(range(_CALLS_PER_LIFE)):
            request = json.loads(connection.recv_bytes())
            reply = job.answer(request) | {"id": request["id"]}
            # Out of memory or files, a process is of no use to the next request.
            reply["last"] = not calls_left or reply.get("last", reply.get("error") == "memory")
            connection.send_bytes(json.dumps(reply).encode())
            if reply["last"]:
                return _RECYCLE
    except (EOFError, OSError):
        return _DONE
    return _RECYCLE


def die_with_parent() -> None:
    """Ask Linux to kill this process the moment its parent dies, even in mid-computation."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _enter_no_mans_land() -> None:
    """Work in a folder that is already deleted: it is empty, and no file can be made in it."""
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    Path(folder).rmdir()


def limit(memory_bytes: int, *, hard: bool) -> None:
    """Limit this process; limits that are not hard can be lifted by `unlimit`."""
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 16,
    }
    for kind, value in limits.items():
        ceiling = value if hard else resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (value, ceiling))


def unlimit() -> None:
    """Lift the soft limits that `limit` and `grant_seconds` set."""
    for kind in (
        resource.RLIMIT_AS,
        resource.RLIMIT_FSIZE,
        resource.RLIMIT_NOFILE,
        resource.RLIMIT_CPU,
    ):
        ceiling = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (ceiling, ceiling))


def grant_seconds(timeout: float) -> None:
    """Let this request use its own processor time and no more: an orphan ends by itself."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(usage.ru_utime + usage.ru_stime + timeout) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
