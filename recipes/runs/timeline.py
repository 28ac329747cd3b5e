"""When an attempt entered each phase, kept beside its metrics."""

from __future__ import annotations

import json
import time
from pathlib import Path


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
