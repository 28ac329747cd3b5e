"""What a run says about itself: rows that the plugin writes, one file per attempt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from credit_plugins.notices import Notice

from .history import start_of
from .tail import LineTail


def notices_file(metrics: Path) -> Path:
    """The file beside an attempt's ``metrics.<k>.jsonl``: ``notices.<k>.jsonl``."""
    return metrics.with_name(metrics.name.replace("metrics", "notices", 1))


def standing(attempts: Iterable[Path]) -> list[Notice]:
    """Notices that hold at the end of a run, in the order in which they were first given.

    An attempt that starts at step s takes back what earlier attempts said after s, as it does
    with their metrics.

    Args:
        attempts: the metrics file of each, in the order in which they started.
    """
    held: dict[str, Notice] = {}
    for metrics in attempts:
        start = start_of(metrics)
        held = {key: notice for key, notice in held.items() if notice.step <= start}
        file = notices_file(metrics)
        for row in _rows(file.read_text(encoding="utf-8").split("\n") if file.exists() else []):
            if "said" in row:
                continue
            if row.pop("holds"):
                held[row["key"]] = Notice.from_row(row)
            else:
                held.pop(row["key"], None)
    return list(held.values())


class NoticesTail:
    """Reads the file of a running attempt; gives what is new in it as plain text, once."""

    def __init__(self, path: Path) -> None:
        self._lines = LineTail(path)
        self._held: dict[str, int] = {}

    def read(self) -> list[str]:
        """Texts of notices given since the last call, and a line for each that is over.

        One that is given again is news if it holds since a later step: then it says more.
        """
        texts = []
        for row in _rows(self._lines.read()):
            if "said" in row:
                texts.append(row["said"])
                continue
            key = row["key"]
            if not row.pop("holds"):
                self._held.pop(key, None)
                texts.append(f"No longer so since step {row['step']}: {key}.")
            elif self._held.get(key, -1) < row["since"]:  # else it is the report's, at the end
                self._held[key] = row["since"]
                texts.append(Notice.from_row(row).text())
        return texts


def say(text: str, console: Console) -> None:
    """Print the text of a notice as it is, above a progress bar if one is running."""
    console.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)


def _rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:  # a killed attempt leaves its last line cut short
            continue
        yield row
