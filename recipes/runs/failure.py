"""What went wrong, found in the log of a training process that failed."""

from __future__ import annotations

import re
from collections.abc import Sequence

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_WORKER = re.compile(r"^\((?P<who>\S+) pid=\d+[^)]*\) ?")
_ERROR = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit)(?::.*)?$")
_NEXT = re.compile(
    r"^(?:Traceback \(|During handling|The above exception|Exception ignored|\w+:20\d\d-)"
)


def root_error(lines: Sequence[str], limit: int = 12) -> list[str]:
    """The error that ended a run: the last one of the driver, with the lines of its message.

    The driver's traceback ends with the cause that Ray carried over from the worker; workers
    print more errors while they are torn down. If the driver printed no error, it is the last
    error of a worker; if nobody did, as when the driver was killed, nothing: see :func:`log_end`.

    Args:
        lines: the log of one attempt.
        limit: how many lines to return at most.
    """
    clean = [_COLOUR.sub("", line).rstrip() for line in lines]
    clean = [line for line in clean if line]
    workers = [_WORKER.sub("", line) for line in clean]
    for candidates in (clean, workers):
        starts = [index for index, line in enumerate(candidates) if _ERROR.match(line)]
        if starts:
            return _message(candidates[starts[-1] :], limit)
    return []


def log_end(lines: Sequence[str], limit: int = 12) -> list[str]:
    """A sentence that no process printed an error, and the last lines of the log."""
    clean = [line for line in (_COLOUR.sub("", line).rstrip() for line in lines) if line]
    return ["No process has printed an error; the log ends with:", *clean[-limit:]]


def _message(lines: Sequence[str], limit: int) -> list[str]:
    message = [lines[0]]
    for line in lines[1:limit]:
        if _NEXT.match(line) or _WORKER.match(line):
            break
        message.append(line)
    return message
