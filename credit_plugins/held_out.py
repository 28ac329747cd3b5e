"""Outcomes of held-out problems, one by one, for paired comparisons of runs.

A file of JSON lines, one per data source and validation::

    {"step": 10, "source": "math", "problems": [["validation/0/3", "2", 8, 5], ...]}

with the task's id, its difficulty, samples and right ones. A launch names the file in
``VERL_CREDIT_HELD_OUT``; without it nothing is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

FILE_VARIABLE = "VERL_CREDIT_HELD_OUT"
"""Environment variable that names the file."""


class Problem(NamedTuple):
    """What became of one problem at one validation.

    Attributes:
        task: names the problem within its source.
        difficulty: its level; "" if it has none.
        samples: answers that were judged.
        right: those that were paid.
    """

    task: str
    difficulty: str
    samples: int
    right: int


def write(step: int, by_source: Mapping[str, Iterable[Problem]]) -> None:
    """Add a validation's problems to the file, if a launch named one."""
    path = os.environ.get(FILE_VARIABLE)
    if not path:
        return
    with Path(path).open("a", encoding="utf-8") as file:
        for source, problems in by_source.items():
            row = {"step": step, "source": source, "problems": list(problems)}
            file.write(json.dumps(row, separators=(",", ":")) + "\n")


def read_line(line: str) -> tuple[int, str, list[Problem]] | None:
    """Step, source and problems of one line; None for one that was cut short."""
    try:
        row = json.loads(line)
        return int(row["step"]), str(row["source"]), [Problem(*each) for each in row["problems"]]
    except (ValueError, KeyError, TypeError):
        return None
