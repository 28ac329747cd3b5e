"""Segments of shared memory, by who has them mapped."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_SHM = Path("/dev/shm")


def orphans() -> set[str]:
    """Names of segments that no living process has mapped."""
    pids = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return {path.name for path in _SHM.iterdir()} - mapped(pids)


def mapped(pids: Iterable[int]) -> set[str]:
    """Names of segments that one of these processes has mapped."""
    found: set[str] = set()
    for pid in pids:
        with suppress(OSError):  # it is gone
            lines = Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines()
            found |= {line.rpartition(f"{_SHM}/")[2] for line in lines if f"{_SHM}/" in line}
    return found


def size(names: Iterable[str]) -> int:
    """Bytes of some segments."""
    total = 0
    for name in names:
        with suppress(OSError):
            total += (_SHM / name).stat().st_size
    return total
