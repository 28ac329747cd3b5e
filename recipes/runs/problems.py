"""Outcomes of held-out problems, one by one: what the plugin wrote, all attempts merged."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from credit_plugins.held_out import Problem, read_line

from .history import start_of


def problems_file(metrics: Path) -> Path:
    """The file beside an attempt's ``metrics.<k>.jsonl``: ``held_out.<k>.jsonl``."""
    return metrics.with_name(metrics.name.replace("metrics", "held_out", 1))


def merged(attempts: Iterable[Path]) -> dict[tuple[int, str], list[Problem]]:
    """Problems by step and data source, in the order of the steps.

    An attempt that starts at step s replaces what earlier attempts saw after s, as it does with
    their metrics.

    Args:
        attempts: the metrics file of each, in the order in which they started.
    """
    found: dict[tuple[int, str], list[Problem]] = {}
    for metrics in attempts:
        start = start_of(metrics)
        found = {key: problems for key, problems in found.items() if key[0] <= start}
        file = problems_file(metrics)
        text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
        for row in filter(None, map(read_line, text.split("\n"))):
            found[row[0], row[1]] = row[2]
    return dict(sorted(found.items()))
