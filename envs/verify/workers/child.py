"""The process that does the work: `serve(fd, job)` is its whole life.

Two layers. The outer process imports what the job needs, has no threads and does nothing but fork.
The inner one is limited in memory, file size, open files and processor time, answers requests from
the pipe, and may be killed at any moment: the outer one forks the next in milliseconds.
"""

from __future__ import annotations

import importlib
import os
from multiprocessing.connection import Connection
from typing import Protocol

from .limits import die_with_parent, enter_no_mans_land
from .messages import Reply, Request, receive, send

_CALLS_PER_LIFE = 5000
_DONE, _RECYCLE = 87, 3  # exit codes; not 0, which an own check that exits would give


class Job(Protocol):
    """What a worker does: `prepare` in the outer process, the other two in each child."""

    def prepare(self) -> None:
        """Import what every child needs."""

    def begin(self) -> None:
        """Set the limits of this child."""

    def answer(self, request: Request) -> Reply:
        """Return the reply to one request."""


def serve(fd: int, job_name: str) -> None:
    """Fork one limited child after another on the pipe `fd`, until the pipe's owner goes away.

    `job_name` is the class of the job, written `module:Class`.
    """
    die_with_parent()
    connection = Connection(fd)
    try:
        module, _, name = job_name.partition(":")
        job: Job = getattr(importlib.import_module(module), name)()
        job.prepare()
    except Exception as error:
        send(connection, {"failed": f"{type(error).__name__}: {error}"})
        return
    enter_no_mans_land()
    while True:
        pid = os.fork()
        if pid == 0:
            os._exit(_live(connection, job))
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) == _DONE:
            return


def _live(connection: Connection, job: Job) -> int:
    """Say hello with our process id, answer a number of requests, and return an exit code.

    The last reply says that it is the last, so that the other side expects the next hello.
    """
    die_with_parent()
    job.begin()
    try:
        while connection.poll():  # what a killed child left unread is answered for already
            connection.recv_bytes()
        send(connection, {"pid": os.getpid()})
        for calls_left in reversed(range(_CALLS_PER_LIFE)):
            request = receive(connection)
            reply = job.answer(request) | {"id": request["id"]}
            # Out of memory or files, a process is of no use to the next request.
            reply["last"] = not calls_left or reply.get("last", reply.get("error") == "memory")
            send(connection, reply)
            if reply["last"]:
                return _RECYCLE
    except (EOFError, OSError):
        return _DONE
    return _RECYCLE
