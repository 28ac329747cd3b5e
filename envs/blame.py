"""Which line of the user's code is to blame: for what it raised, where it hangs, where it stands.

The user's code is what this package calls and what lies neither in it, nor in the standard library,
nor in an installed package.
"""

from __future__ import annotations

import inspect
import linecache
import sys
import sysconfig
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from .errors import EnvContractError, EnvError

_HERE = Path(__file__).resolve().parent
_INSTALLED = tuple(
    Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib")
)
_MAX_FRAMES = 4


class Frame(NamedTuple):
    """A line of source: its file, its number, and the function around it."""

    file: str
    line: int
    function: str = ""

    def __str__(self) -> str:
        path = Path(self.file)
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        return f"{shown}:{self.line}" + (f", in {self.function}" if self.function else "")

    @property
    def source(self) -> str:
        """The text of the line; empty where the file is gone."""
        return linecache.getline(self.file, self.line).strip()


class Hangs(Exception):
    """A call that gave no result in time; `frames` say where it is."""

    def __init__(self, frames: list[Frame]) -> None:
        super().__init__(frames)
        self.frames = frames


def frames_of(error: BaseException) -> list[Frame]:
    """Return the user's lines in a traceback, the one that raised last."""
    found = _users(traceback.walk_tb(error.__traceback__))
    if isinstance(error, SyntaxError) and error.filename:
        found.append(Frame(error.filename, error.lineno or 0))
    return found


def told(error: BaseException) -> str:
    """Return an error in one line: its type, its text, and the user's line that raised it."""
    text = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    said = f"{type(error).__name__}: {text.rstrip('.')}" if text else type(error).__name__
    frames = frames_of(error)
    return f"{said} ({frames[-1]})" if frames else said


@contextmanager
def authored(method: str) -> Iterator[None]:
    """Turn what an author's `method` raises into one sentence with its line.

    Raises:
        EnvContractError: whatever was raised, but for other errors of this package.
    """
    try:
        yield
    except EnvContractError as error:
        frames = frames_of(error)
        where = f" ({frames[-1]})" if frames else ""
        raise EnvContractError(f"{str(error).rstrip('.')}{where}.") from error
    except EnvError:
        raise
    except Exception as error:
        raise EnvContractError(f"{method} raises {told(error)}.") from error


def definition(kind: type, name: str) -> list[Frame]:
    """Return the line at which a class defines a method; [] where it is not the user's."""
    method = inspect.unwrap(getattr(kind, name, kind))
    code = getattr(method, "__code__", None)
    if code is None:
        return []
    line = Frame(code.co_filename, code.co_firstlineno, name)
    return [line] if _is_users(line) else []


def within(seconds: float, function: Callable[..., Any], *args: Any) -> Any:
    """Return `function(*args)`, run in a thread of its own, which a call that hangs keeps.

    Raises:
        Hangs: no result after `seconds`.
        Exception: whatever `function` raises.
    """
    result: list[Any] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            result.append(function(*args))
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        stack = traceback.walk_stack(sys._current_frames()[thread.ident or 0])
        raise Hangs(_users(reversed(list(stack))))
    if raised:
        raise raised[0]
    return result[0]


def _users(stack: Iterable[tuple[FrameType, int]]) -> list[Frame]:
    """Return the user's lines among those that this package called, the innermost last."""
    found, called = [], False
    for frame, number in stack:
        line = Frame(frame.f_code.co_filename, number, frame.f_code.co_name)
        called = called or _lies_in(line, _HERE)
        if called and _is_users(line):
            found.append(line)
    return found[-_MAX_FRAMES:]


def _is_users(line: Frame) -> bool:
    return not line.file.startswith("<") and not _lies_in(line, _HERE, *_INSTALLED)


def _lies_in(line: Frame, *folders: Path) -> bool:
    path = Path(line.file)
    # A worker may stand in a folder that is gone, against which nothing can be resolved.
    full = path.resolve() if path.is_absolute() else path
    return any(map(full.is_relative_to, folders))
