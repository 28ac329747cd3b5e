"""Why an episode failed, in a few words that can be counted."""

from __future__ import annotations

import reprlib

from .blame import frames_of
from .errors import EnvError

MAX_CAUSE_CHARS = 120
MAX_DETAIL_CHARS = 200
_READ = 10_000  # of an error's text, which may have any length


def cause_of(error: BaseException) -> tuple[str, str]:
    """Return a cause, the same for errors of one kind, and what this very error says beyond it.

    Code of a user's: `raised KeyError`, and the error's text with the user's line that raised it.
    Our own errors: their sentence, and nothing. At most `MAX_CAUSE_CHARS` and `MAX_DETAIL_CHARS`
    characters, whatever the error holds.
    """
    root = error
    while isinstance(root, EnvError) and root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, EnvError):
        return _cut(_text(error).rstrip("."), MAX_CAUSE_CHARS), ""
    frames = frames_of(root)
    where = f" ({frames[-1]})" if frames else ""
    said = _cut(_text(root).rstrip("."), MAX_DETAIL_CHARS - len(where))
    cause = _cut(f"raised {type(root).__name__}", MAX_CAUSE_CHARS)
    return cause, f"{said}{where}"[:MAX_DETAIL_CHARS]


def shown(value: object) -> str:
    """Return a value for a message: short, and no error whatever its `repr` does."""
    return _cut(reprlib.repr(value), 60)


def _text(error: BaseException) -> str:
    try:
        return " ".join(str(error)[:_READ].split())
    except Exception:  # an error of a user's may fail to say what it is
        return ""


def _cut(text: str, most: int) -> str:
    text = text.encode(errors="replace").decode()  # half a character could be printed nowhere
    return text if len(text) <= most else f"{text[: max(0, most - 3)]}..."
