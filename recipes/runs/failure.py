"""What went wrong, found in the log of a training process that failed."""

from __future__ import annotations

import re
from collections.abc import Sequence

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_WORKER = re.compile(r"^\((?P<who>\S+) pid=\d+[^)]*\) ?")
# Of a line that a process of vLLM logs, through the server that Ray holds.
_ENGINE = re.compile(r"^(?:\(\S+ pid=\d+[^)]*\) )+ERROR \S+ \S+ \[\S+:\d+\] ")
_POINTS = re.compile(r"\broot cause\b")
_ERROR = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit)(?::.*)?$")
_NEXT = re.compile(
    r"^(?:Traceback \(|During handling|The above exception|Exception ignored|\w+:20\d\d-)"
)


def root_error(lines: Sequence[str], limit: int = 12) -> list[str]:
    """The error that ended a run: the last one of the driver, with the lines of its message.

    The driver's traceback ends with the cause that Ray carried over from the worker; workers
    print more errors while they are torn down. If the driver printed no error, it is the last
    error of a worker; if nobody did, as when the driver was killed, nothing: see :func:`log_end`.
    Where that error only points to a root cause, as vLLM's do, the last one before it that a
    process of vLLM logged comes first.

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
            message = _message(candidates[starts[-1] :], limit)
            points = any(map(_POINTS.search, message))
            return [*(_engine_error(clean[: starts[-1]]) if points else []), *message][:limit]
    return []


def _engine_error(lines: Sequence[str]) -> list[str]:
    """The last error that a process of vLLM logged and that is no pointer to another."""
    logged = [_ENGINE.sub("", line) for line in lines if _ENGINE.match(line)]
    errors = [line for line in logged if _ERROR.match(line) and not _POINTS.search(line)]
    return errors[-1:]


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
