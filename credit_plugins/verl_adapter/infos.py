"""The keys of ``reward_extra_info`` that this adapter reads, and how.

Our environments and our reward function write them (``envs.info`` says what each means), but a run
may have any reward function and any agent loop. So a key that is missing or None, or whose value is
of another kind, counts as not reported; nothing here raises.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

Info = Mapping[str, Any]

READ = (
    *("acc", "difficulty", "source", "verdict", "has_answer", "verify_ms", "turn"),
    *("env_error", "env_cause", "env_detail", "node"),
)
# verl bootstraps every numeric column; for these it means seconds of work and no information.
NOT_OUTCOMES = frozenset(
    {"has_answer", "timed_out", "verify_ms", "turn", "difficulty", "env_error"}
)


def number(value: Any) -> float | None:
    """Return a finite number (True is 1.0); None for anything else."""
    if isinstance(value, Real | np.bool_) and math.isfinite(value):
        return float(value)
    return None


def outcome(value: Any) -> float | None:
    """Return an ``acc`` of 0 or 1; None for any other score."""
    acc = number(value)
    return acc if acc in (0.0, 1.0) else None


def label(value: Any) -> str | None:
    """Return how a metric names a ``difficulty``: a number or a name; None for anything else."""
    if isinstance(value, str):
        return value
    level = number(value)
    return None if level is None else f"{level:g}"


def words(value: Any, most: int = 200) -> str:
    """Return a text on one line, at most so many characters that can be printed; "" for others."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 10 * most].split()).encode(errors="replace").decode()
    return line if len(line) <= most else f"{line[: most - 3]}..."


def of_our_verifier(info: Info) -> bool:
    """Whether ``verdict`` is one of ours: another function may call anything by that name."""
    judged = isinstance(info.get("verdict"), str)
    return judged and None not in (number(info.get("has_answer")), number(info.get("verify_ms")))
