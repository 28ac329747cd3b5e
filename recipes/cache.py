"""Where things that are made once per user lie: warm-started and converted models."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

CACHE_VARIABLE = "VERL_CREDIT_CACHE"


def cache_dir(kind: str) -> Path:
    """Folder for one kind of thing, the same from every working directory.

    It lies in ``$VERL_CREDIT_CACHE``, by default in the user's cache folder, on Linux
    ``~/.cache/verl-credit``. Nothing is created here.
    """
    base = os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("verl-credit")
    return Path(base).expanduser().resolve() / kind


@contextmanager
def in_one_rename(target: Path) -> Iterator[Path]:
    """Give a path for a new folder that becomes `target` at the end; an error leaves nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".partial-") as partial:
        made = Path(partial) / "made"
        yield made
        if not target.exists():  # another process may have been faster
            made.rename(target)
