"""What `reset` may be asked for: which task, of which stream, at which level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import seeding
from .errors import EnvConfigError

_KNOWN = ("index", "stream", "level")


@dataclass(frozen=True)
class Asked:
    """Task `index` of `stream`; of `level` only, where one is named."""

    stream: str
    index: int
    level: float | str | None = None

    def task_id(self, seed: int) -> str:
        """Return the name of this task under `seed`."""
        name = f"{self.stream}/{seed}/{self.index}"
        return name if self.level is None else f"{name}/{self.level}"


def one_of(allowed: Sequence[str], **named: str) -> str:
    """Return the value of one named argument.

    Raises:
        EnvConfigError: it is none of `allowed`.
    """
    ((name, value),) = named.items()
    if value not in allowed:
        raise EnvConfigError(f"{name} must be one of {tuple(allowed)}; got {value!r}.")
    return value


def read(
    options: Mapping[str, Any] | None,
    levels: Sequence[float | str],
    rng: np.random.Generator,
    streams: Sequence[str] = seeding.STREAMS,
) -> Asked:
    """Return what `options` ask for; by default the first stream, and an index drawn from `rng`.

    Raises:
        EnvConfigError: an unknown option, stream or level, or an index below 0.
    """
    options = dict(options or {})
    if unknown := sorted(set(options) - set(_KNOWN)):
        raise EnvConfigError(f"Unknown reset options {unknown}; known are {_KNOWN}.")
    stream = options.get("stream", streams[0])
    if stream not in streams:
        raise EnvConfigError(f"stream must be one of {tuple(streams)}; got {stream!r}.")
    index = options.get("index")
    if index is None:
        index = rng.integers(2**63)
    if not isinstance(index, int | np.integer) or index < 0:
        raise EnvConfigError(f"index must be a whole number from 0; got {index!r}.")
    return Asked(stream, int(index), _level(options.get("level"), tuple(levels)))


def _level(level: Any, levels: tuple[float | str, ...]) -> float | str | None:
    if level is None:
        return None
    if level not in levels:
        known = f"one of {levels}" if levels else "left out: this environment has no levels"
        raise EnvConfigError(f"level must be {known}; got {level!r}.")
    return levels[levels.index(level)]  # 2.0 from a file is level 2
