"""All runs below a folder, each with what became of it so far."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from ..errors import RunError
from .folder import Run
from .opening import is_held

_OURS = ("run.json", "config.yaml", "metrics.1.jsonl")
_PASS_AT_1 = re.compile(r"val-credit/.+/mean/pass@1")


@dataclass(frozen=True)
class Listed:
    """What a list shows of a run; None for what is not known.

    Attributes:
        path: the folder.
        state: finished, running (a launch holds the folder) or stopped.
        created: when it was begun, as ISO 8601.
        recipe: name of the recipe.
        name: of the folder.
        estimator: ``algorithm.adv_estimator``.
        seed: ``data.seed``.
        step: the last step logged.
        planned: the steps planned; None for one that only validates.
        first: held-out pass@1 of the first validation, mean over difficulties and sources.
        last: the same of the last one; None with fewer than two validations.
    """

    path: Path
    state: str
    created: str
    recipe: str
    name: str
    estimator: str | None
    seed: int | None
    step: int
    planned: int | None
    first: float | None
    last: float | None

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {**vars(self), "path": str(self.path)}


def state_of(run: Run) -> str:
    """Finished, running or stopped."""
    return "finished" if run.is_done else "running" if is_held(run.path) else "stopped"


def planned(run: Run) -> int | None:
    """The training steps planned; None where that is unknown, or where a run only validates."""
    if run.setting("trainer.val_only"):
        return None
    steps = run.setting("trainer.total_training_steps")
    return steps if isinstance(steps, int) else None


def listed(folder: Path) -> tuple[list[Listed], list[str]]:
    """The runs that a folder is or holds, the newest first, and a sentence for each that is none.

    A folder is a run if it holds ``run.json``, ``config.yaml`` or ``metrics.1.jsonl``; runs lie up
    to two folders deep, as ``outputs/RECIPE/NAME`` does.

    Raises:
        RunError: there is no such folder.
    """
    if not folder.is_dir():
        raise RunError(
            f"There is no folder {folder}; give the one that holds the runs, as outputs."
        )
    found, problems = [], []
    for path in _folders(folder):
        if not any((path / name).exists() for name in _OURS):
            problems.append(f"{path} is no run: it holds none of {', '.join(_OURS)}.")
            continue
        try:
            found.append(_row(Run(path.resolve())))
        except (RunError, OSError, ValueError, AttributeError, TypeError) as error:
            problems.append(_unreadable(path, error))
    return sorted(found, key=lambda row: (row.created, row.name), reverse=True), problems


def _folders(folder: Path) -> Iterator[Path]:
    """The folder itself if it is a run, else the run folders in it, and those that should be."""
    if any((folder / name).exists() for name in _OURS):
        yield folder
        return
    for path in _inside(folder):
        is_run = any((path / name).exists() for name in _OURS)
        yield from [path] if is_run else _inside(path)


def _inside(folder: Path) -> list[Path]:
    """The folders in a folder, without hidden ones; none if it cannot be opened."""
    try:
        return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    except PermissionError:
        return []


def _row(run: Run) -> Listed:
    validated = [
        fmean(values)
        for row in run.history.values()
        if (values := [row[name] for name in row if _PASS_AT_1.fullmatch(name)])
    ]
    return Listed(
        path=run.path,
        state=state_of(run),
        created=str(run.record.get("created") or ""),
        recipe=str(run.record.get("recipe") or run.path.parent.name),
        name=run.path.name,
        estimator=run.setting("algorithm.adv_estimator"),
        seed=run.setting("data.seed"),
        step=max(run.history, default=0),
        planned=planned(run),
        first=validated[0] if validated else None,
        last=validated[-1] if len(validated) > 1 else None,
    )


def _unreadable(path: Path, error: Exception) -> str:
    if isinstance(error, RunError):
        return str(error)
    return f"{path} cannot be read: {type(error).__name__}: {' '.join(str(error).split())}."
