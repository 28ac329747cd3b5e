"""What a worker process denies itself: memory, time, files, a life after its parent's."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import tempfile
from pathlib import Path

MEMORY_BYTES = 512 << 20
_PR_SET_PDEATHSIG = 1


def limit(memory_bytes: int, *, hard: bool) -> None:
    """Limit this process; limits that are not hard can be lifted by `unlimit`."""
    sizes = {resource.RLIMIT_AS: memory_bytes, resource.RLIMIT_NOFILE: 16}
    for kind, value in {resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0, **sizes}.items():
        ceiling = value if hard else resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (value, ceiling))


def unlimit() -> None:
    """Lift the soft limits that `limit` and `grant_seconds` set."""
    for name in ("AS", "FSIZE", "NOFILE", "CPU"):
        kind = getattr(resource, f"RLIMIT_{name}")
        ceiling = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (ceiling, ceiling))


def grant_seconds(timeout: float) -> None:
    """Let this request use its own processor time and no more: an orphan ends by itself."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(usage.ru_utime + usage.ru_stime + timeout) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def die_with_parent() -> None:
    """Ask Linux to kill this process the moment its parent dies, even in mid-computation."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def enter_no_mans_land() -> None:
    """Change to a deleted folder, in which no file can be found or made."""
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    Path(folder).rmdir()
