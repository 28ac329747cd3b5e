"""Reading files that another process is still writing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class LineTail:
    """Complete lines of a growing file, each handed out once.

    Attributes:
        path: the file; it need not exist yet.
        offset: byte from which to read, e.g. the end of an earlier attempt.
    """

    path: Path
    offset: int = 0
    _partial: bytes = field(default=b"", repr=False)

    def read(self) -> list[str]:
        """Lines completed since the last call; carriage returns (progress bars) end a line too."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self.offset)
            data = file.read()
        self.offset += len(data)
        *lines, self._partial = (self._partial + data).replace(b"\r", b"\n").split(b"\n")
        return [line.decode(errors="replace") for line in lines if line]


@dataclass
class MetricsTail:
    """Rows of a metrics file of verl's "file" logger, each handed out once."""

    path: Path
    _lines: LineTail | None = None

    def read(self) -> list[tuple[int, dict[str, float]]]:
        """``(step, metrics)`` rows completed since the last call."""
        self._lines = self._lines or LineTail(self.path)
        return [row for line in self._lines.read() if (row := _row(line))]


def merge(files: list[Path]) -> dict[int, dict[str, float]]:
    """Metrics by step over all attempts of a run; the last attempt that logged a step wins.

    A resumed run validates again at the step it resumes from. That row holds only validation
    metrics, so within a step the rows of all attempts are laid over each other, not replaced.
    """
    steps: dict[int, dict[str, float]] = {}
    for file in files:
        for step, data in MetricsTail(file).read():
            steps.setdefault(step, {}).update(data)
    return dict(sorted(steps.items()))


def _row(line: str) -> tuple[int, dict[str, float]] | None:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:  # the line a killed attempt was writing, continued by nobody
        return None
    if not isinstance(row, Mapping) or "step" not in row:
        return None
    return int(row["step"]), row["data"]
