"""The history of a run: what verl's "file" logger wrote, all attempts merged."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Row = tuple[int, dict[str, float]]
History = dict[int, dict[str, float]]


def merged(files: Iterable[Path]) -> History:
    """Step -> metric name -> finite number, in the order of the steps.

    An attempt that starts at step s replaces what earlier attempts logged after s: those steps
    were computed again from the checkpoint. Rows of one step are laid over each other, so that
    the validation which a resumed run repeats at step s keeps the training metrics of that step.

    Args:
        files: one metrics file per attempt, in the order in which the attempts started.
    """
    history: History = {}
    for file in files:
        rows = rows_of(file)
        start = _first(rows)
        history = {step: data for step, data in history.items() if step <= start}
        for step, data in rows:
            history[step] = history.get(step, {}) | data
    return dict(sorted(history.items()))


def start_of(metrics: Path) -> float:
    """The step at which an attempt started, by its metrics file; infinity if it logged none.

    What earlier attempts wrote after it counts no more.
    """
    return _first(rows_of(metrics))


def _first(rows: Iterable[Row]) -> float:
    return min((step for step, _ in rows), default=math.inf)


def rows_of(file: Path) -> list[Row]:
    """All rows of one metrics file."""
    lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    return [row for line in lines if (row := read_row(line))]


def read_row(line: str) -> Row | None:
    """The step and the finite numbers of one line; None if the line is no row of metrics.

    A killed attempt leaves its last line cut short. Null and non-finite values are left out.
    """
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    step, data = (row.get("step"), row.get("data")) if isinstance(row, Mapping) else (None, None)
    if not isinstance(step, int) or not isinstance(data, Mapping):
        return None
    return step, {name: float(value) for name, value in data.items() if _is_finite(value)}


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) <= sys.float_info.max
