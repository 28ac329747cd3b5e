"""Read a run folder: the metrics of all attempts merged into one history, and the config."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Run:
    """One run as it was logged.

    Attributes:
        path: the run folder `outputs/<recipe>/<name>`.
        config: the resolved configuration as plain dicts, empty without `config.yaml`.
        history: step -> metric name -> finite number, in the order of the steps.
        attempts: how many metrics files were merged; more than 1 means the run was resumed.
    """

    path: Path
    config: dict[str, Any]
    history: dict[int, dict[str, float]]
    attempts: int

    @property
    def finished(self) -> bool:
        """Whether the run wrote its `done` marker."""
        return (self.path / "done").exists()

    def series(self, name: str) -> tuple[list[int], list[float]]:
        """Steps at which `name` was logged, and its values there."""
        points = [(step, data[name]) for step, data in self.history.items() if name in data]
        return [step for step, _ in points], [value for _, value in points]

    def has(self, *names: str) -> bool:
        """Whether at least one of the metrics was logged at some step."""
        return any(name in data for data in self.history.values() for name in names)

    def setting(self, *dotted: str) -> Any:
        """The first of the dotted config keys that is present and not null, else None."""
        for key in dotted:
            node: Any = self.config
            for part in key.split("."):
                node = node.get(part) if isinstance(node, dict) else None
            if node is not None:
                return node
        return None


def load(run_dir: str | Path) -> Run:
    """Read `metrics.<attempt>.jsonl` and `config.yaml` of a run folder.

    An attempt that starts at step s replaces what earlier attempts logged after s: those steps
    were computed again from the checkpoint. At s itself the later value of each metric wins
    (verl's validation before training logs at the step it resumed from, without the metrics of
    that step's training). Null and non-finite values are left out; a last line cut short by a
    kill is ignored.

    Raises:
        FileNotFoundError: the folder holds no metrics file.
    """
    path = Path(run_dir)
    files = sorted(path.glob("metrics.*.jsonl"), key=_attempt)
    if not files:
        raise FileNotFoundError(
            f"no metrics.<attempt>.jsonl in {path}: give the folder of a run, "
            "outputs/<recipe>/<run-name>"
        )
    history: dict[int, dict[str, float]] = {}
    for file in files:
        _merge(history, list(_lines(file)))
    return Run(path, _config(path), dict(sorted(history.items())), len(files))


def _attempt(file: Path) -> int:
    number = file.name.split(".")[1]
    return int(number) if number.isdigit() else 0


def _lines(file: Path) -> Iterator[tuple[int, dict[str, float]]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:  # the process was killed while it wrote this line
            return
        yield entry["step"], {k: float(v) for k, v in entry["data"].items() if _is_finite(v)}


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _merge(history: dict[int, dict[str, float]], lines: list[tuple[int, dict[str, float]]]) -> None:
    start = min((step for step, _ in lines), default=math.inf)
    for step in [step for step in history if step > start]:
        del history[step]
    for step, data in lines:
        history.setdefault(step, {}).update(data)


def _config(path: Path) -> dict[str, Any]:
    file = path / "config.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {} if file.exists() else {}
