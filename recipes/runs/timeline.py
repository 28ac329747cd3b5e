"""When an attempt entered each phase, kept beside its metrics."""

from __future__ import annotations

import json
import time
from pathlib import Path

ENDED = "ended"
"""What is noted when the process has ended."""


class Timeline:
    """Appends ``{"attempt", "phase", "seconds"}`` to a JSONL file whenever the phase changes.

    Seconds count from the start of verl's process.
    """

    def __init__(self, path: Path, attempt: str) -> None:
        self._path, self._attempt = path, attempt
        self._begin, self._phase = time.monotonic(), ""

    def note(self, phase: str) -> None:
        """Write the phase down if it is new."""
        if phase == self._phase:
            return
        self._phase = phase
        seconds = round(time.monotonic() - self._begin, 2)
        row = {"attempt": self._attempt, "phase": phase, "seconds": seconds}
        with self._path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def read(path: Path) -> dict[str, dict[str, float]]:
    """Attempt -> phase -> the second at which it was entered, in their order; {} without a file."""
    found: dict[str, dict[str, float]] = {}
    lines = path.read_text(errors="replace").split("\n") if path.exists() else []
    for line in lines:
        try:
            row = json.loads(line)
            found.setdefault(row["attempt"], {})[row["phase"]] = float(row["seconds"])
        except (ValueError, KeyError, TypeError):  # cut short by a kill, or empty
            continue
    return found
