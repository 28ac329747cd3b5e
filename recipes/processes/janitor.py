"""Ends and removes what a run leaves behind: ``python -m recipes.processes.janitor MARK FOLDER``.

It begins when its standard input ends: the launch closes it, or has been killed. It ends every
process that carries the mark, then removes the run's temporary folder and what its processes had
in shared memory and as sockets outside of that folder. While the run goes on it watches for these,
because they cannot be told from those of other runs once their processes are gone.
"""

from __future__ import annotations

import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .marked import end_marked, marked

_LOOK_S = 0.25
_TRIES = 20
"""How many looks a new file gets to be claimed by a process of the run."""

# verl gives these sockets a path that follows no TMPDIR.
_PLACES = ((Path("/dev/shm"), "*"), (Path("/tmp"), "rl-colocate-zmq-*.sock"))


class Leftovers:
    """Files of a run outside its own folder, found by the processes that hold them."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._others = set(_files())
        self._tries: dict[Path, int] = {}
        self.claimed: set[Path] = set()

    def look(self) -> None:
        """Take in the files that have come since the last look."""
        there = set(_files())
        self._others &= there
        self._tries = {path: count for path, count in self._tries.items() if path in there}
        if not (new := there - self._others - self.claimed):
            return
        held = {path for pid in marked(self._mark) for path in _held(pid, new)}
        self.claimed |= held
        for path in new - held:
            self._tries[path] = self._tries.get(path, 0) + 1
            if self._tries[path] >= _TRIES:
                self._others.add(path)

    def remove(self) -> None:
        """Remove what has been claimed."""
        for path in self.claimed:
            path.unlink(missing_ok=True)


def _files() -> Iterator[Path]:
    for folder, pattern in _PLACES:
        yield from folder.glob(pattern)


def _held(pid: int, paths: set[Path]) -> set[Path]:
    """What a process has mapped or listens on, and joblib's semaphores of its number."""
    named = {path for path in paths if path.name.startswith(f"sem.loky-{pid}-")}
    try:
        maps = Path(f"/proc/{pid}/maps").read_text(errors="replace")
        mapped = {Path(line.split(maxsplit=5)[-1]) for line in maps.splitlines() if "/dev/" in line}
        return named | (mapped & paths) | (_listens_on(pid) & paths)
    except OSError:  # gone meanwhile
        return named


def _listens_on(pid: int) -> set[Path]:
    own = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            own.add(target[8:-1])
    rows = (line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:])
    return {Path(row[7]) for row in rows if len(row) > 7 and row[6] in own}


def main(mark: str, folder: str) -> None:
    """Watch until standard input ends, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    leftovers = Leftovers(mark)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], _LOOK_S)[0]:
        leftovers.look()
    leftovers.look()
    end_marked(mark)
    leftovers.remove()
    # A process that was just killed may still write.
    deadline = time.monotonic() + 10
    while Path(folder).exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
