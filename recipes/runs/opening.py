"""Which run folder a launch gets: a new one, or the newest unfinished one of its configuration."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, Timeout

from ..errors import RunError
from .folder import Run

_STAMP = "%Y%m%d-%H%M%S"
_LOCK = "lock"
Record = dict[str, Any]
"""What ``run.json`` says of a run."""


def fingerprint(config_text: str, branched_from: Record | None = None) -> str:
    """Short name of a configuration and of where it begins: a hash of their texts."""
    origin = json.dumps(branched_from, sort_keys=True) if branched_from else ""
    return hashlib.sha256(f"{config_text}{origin}".encode()).hexdigest()[:16]


@contextmanager
def open_run(
    recipe: str,
    overrides: Sequence[str],
    config_text: str,
    *,
    root: Path,
    name: str | None = None,
    fresh: bool = False,
    branched_from: Record | None = None,
    launch: Record | None = None,
) -> Iterator[Run]:
    """Hold the folder of a run, locked against other launches until the block ends.

    Without ``name`` it is the newest unfinished run of this recipe with this very configuration
    that nobody holds, else a new folder named by the time. ``fresh`` forces a new one.

    Args:
        recipe: name of the recipe; runs lie in ``root/recipe``.
        overrides: as the user wrote them, for the record.
        config_text: resolved configuration before anything that depends on the folder.
        root: folder of all runs.
        name: folder name wanted.
        fresh: never take up an old run.
        branched_from: where a branch begins, for the record; part of what tells runs apart.
        launch: what this launch runs in, added to ``launches`` of the record.

    Raises:
        RunError: the named run is finished, is held, has another configuration, or exists and
            ``fresh`` was asked for.
    """
    folder = (root / recipe).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    record: Record = {
        "recipe": recipe,
        "overrides": list(overrides),
        "fingerprint": fingerprint(config_text, branched_from),
        "created": datetime.now().isoformat(),
    }
    if branched_from:
        record["branched_from"] = branched_from
    if name is not None:
        run, lock = _named(_called(folder, name), record, fresh=fresh)
    else:
        run, lock = (None if fresh else _newest_unfinished(folder, record)) or _new(folder, record)
    try:
        if launch:
            _note(run, launch)
        yield run
    finally:
        lock.release()


def next_run(
    recipe: str,
    config_text: str,
    *,
    root: Path,
    name: str | None = None,
    fresh: bool = False,
    branched_from: Record | None = None,
) -> Run:
    """The run that `open_run` would give, without a trace of it on disk.

    Raises:
        RunError: as `open_run`, but for a named run that is held.
    """
    folder = (root / recipe).resolve()
    record = {"fingerprint": fingerprint(config_text, branched_from)}
    if name is not None:
        path = _called(folder, name)
        run = Run(path, resumed=path.exists())
        if run.resumed:
            _refuse_other(run.path, record, fresh=fresh)
        return run
    found = None if fresh else _newest_unfinished(folder, record)
    if found is None:
        return Run(folder / datetime.now().strftime(_STAMP))
    run, lock = found
    lock.release()
    return run


def is_held(path: Path) -> bool:
    """Whether a launch holds the folder of a run; nothing is written there.

    Two that look at the same time do not see each other. A file system without flock has a file
    that names the holder.
    """
    try:
        file = os.open(path / _LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno == errno.ENOSYS:
            return os.fstat(file).st_size > 0
        return error.errno in (errno.EACCES, errno.EAGAIN)
    finally:
        os.close(file)
    return False


def _called(folder: Path, name: str) -> Path:
    if name in ("", "..") or Path(name).name != name:
        raise RunError(
            f"--name {name!r} must be the name of a folder: no slash, not empty, no dots."
        )
    return folder / name


def _new(folder: Path, record: Record) -> tuple[Run, BaseFileLock]:
    stamp = datetime.now().strftime(_STAMP)
    for number in range(1, 100):
        path = folder / (stamp if number == 1 else f"{stamp}-{number}")
        if not path.exists():
            return _create(path, record)
    raise RunError(f"{folder} already has 99 runs of this second; try again.")


def _create(path: Path, record: Record) -> tuple[Run, BaseFileLock]:
    path.mkdir()
    lock = _held(path)
    (path / "run.json").write_text(json.dumps(record, indent=1) + "\n")
    return Run(path), lock


def _note(run: Run, launch: Record) -> None:
    """Add a launch to the record in one rename: other launches may be reading it."""
    record = _record(run.path)
    record["launches"] = [*record.get("launches", ()), launch]
    part = run.path / "run.json.part"
    part.write_text(json.dumps(record, indent=1) + "\n")
    part.replace(run.path / "run.json")


def _named(path: Path, record: Record, *, fresh: bool) -> tuple[Run, BaseFileLock]:
    if not path.exists():
        return _create(path, record)
    _refuse_other(path, record, fresh=fresh)
    return Run(path, resumed=True), _held(path)


def _refuse_other(path: Path, record: Record, *, fresh: bool) -> None:
    """Refuse to go on with a run that is there unless it is unfinished and this very one."""
    if fresh:
        raise RunError(f"{path} exists; --fresh never overwrites a run: choose another --name.")
    if Run(path).is_done:
        raise RunError(f"{path} is finished; choose another --name.")
    if _record(path).get("fingerprint") != record["fingerprint"]:
        raise RunError(f"{path} was started with another configuration; choose another --name.")


def _newest_unfinished(folder: Path, record: Record) -> tuple[Run, BaseFileLock] | None:
    runs = [path.parent for path in folder.glob("*/run.json")]
    for path in sorted(runs, key=lambda run: _record(run)["created"], reverse=True):
        if Run(path).is_done or _record(path)["fingerprint"] != record["fingerprint"]:
            continue
        if lock := _lock(path):
            return Run(path, resumed=True), lock
    return None


def _record(path: Path) -> Record:
    return Run(path).record


def _held(path: Path) -> BaseFileLock:
    lock = _lock(path)
    if lock is None:
        raise RunError(f"{path} is in use by another verl-credit train.")
    return lock


def _lock(path: Path) -> BaseFileLock | None:
    """An exclusive lock, or None if another process holds it; it ends with this process.

    A file system without flock, as Lustre may be mounted, gets a file that names the holder.
    """
    lock = FileLock(path / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return None
    except OSError as error:
        raise RunError(
            f"{path} cannot be locked ({error.strerror}); start the run in a folder on another "
            "file system."
        ) from error
    return lock
