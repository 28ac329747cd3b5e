"""The worker's end of an environment's own `check`; see `own_check` for the caller's.

The author's module is imported without limits, because it may be heavy; then `check` may take as
much memory on top of it as a comparison may take in all. Killing a check costs the import again.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import importlib.util
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cloudpickle

from ...blame import frames_of
from .limits import MEMORY_BYTES, grant_seconds, limit, unlimit
from .messages import Reply, Request

_MAX_SHOWN = 300


class Check:
    """The job of a worker that runs own checks."""

    def __init__(self) -> None:
        self._judges: dict[str, Any] = {}

    def prepare(self) -> None:
        """Import what every environment imports, under the package's real `__init__`."""
        package = sys.modules[__name__.partition(".")[0]]
        (folder,) = package.__path__
        package.__spec__ = spec = importlib.util.spec_from_file_location(
            package.__name__, Path(folder) / "__init__.py", submodule_search_locations=[folder]
        )
        assert spec is not None  # the file is that of a package which is in use
        assert spec.loader is not None
        spec.loader.exec_module(package)
        importlib.import_module(f"{package.__name__}.base")

    def begin(self) -> None:
        """Set no limits: those of `check` come after the import of its module."""

    def answer(self, request: Request) -> Reply:
        """Load an environment, or ask one that is loaded."""
        return self._load(request) if "load" in request else self._ask(request)

    def _load(self, request: Request) -> Reply:
        if request["forget"]:
            self._judges.clear()
        sys.path[:] = request["path"]
        try:
            with _at_home(request["folder"]):
                judge = cloudpickle.loads(base64.b64decode(request["pickle"]))
        except BaseException as error:
            return {"error": "load", "detail": _shown(error)}
        self._judges[request["load"]] = judge
        limit(_address_space() + MEMORY_BYTES, hard=False)
        return {}

    def _ask(self, request: Request) -> Reply:
        task = cloudpickle.loads(base64.b64decode(request["task"]))
        grant_seconds(request["timeout"])
        try:
            correct = self._judges[request["check"]].check(task, request["answer"])
        except MemoryError:
            return {"error": "memory"}
        except BaseException as error:  # an author's SystemExit must not look like a hang
            spoilt = not isinstance(error, Exception) or isinstance(error, OSError)
            found = {"detail": _shown(error), "frames": frames_of(error)}
            return {"error": "crash", **found, "last": spoilt}
        if not isinstance(correct, bool):
            return {"error": "contract", "detail": repr(correct)[:_MAX_SHOWN]}
        return {"correct": correct}


@contextlib.contextmanager
def _at_home(folder: str) -> Iterator[None]:
    """Stand in the caller's folder without limits, as if the import happened there."""
    unlimit()
    here = os.open(".", os.O_RDONLY)
    with contextlib.suppress(OSError):
        os.chdir(folder)
    try:
        yield
    finally:
        os.fchdir(here)
        os.close(here)


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _shown(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:_MAX_SHOWN]
