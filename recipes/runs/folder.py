"""One run: a folder that `verl-credit train` writes and everything else reads.

Layout::

    outputs/<recipe>/<name>/
      run.json            recipe, overrides, fingerprint of the configuration, branch point; of
                          each launch versions, commit, hardware and command
      config.yaml         the configuration, resolved
      train.log           everything verl, Ray and vLLM print, attempt after attempt
      metrics.<k>.jsonl   verl's file logger, one file per attempt
      notices.<k>.jsonl   what the run says about itself, one file per attempt; often none
      held_out.<k>.jsonl  outcomes of held-out problems, one by one, one file per attempt
      timeline.jsonl      when each attempt entered each phase
      checkpoints/        verl's checkpoints, and dumps/ of groups in it
      branch_point/       of a branch: what it goes on from
      export/             models made of checkpoints
      done                written when training has ended well
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from fnmatch import filter as matching
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from credit_plugins.held_out import Problem
from credit_plugins.notices import Notice

from ..errors import RunError
from . import problems
from .history import History, merged
from .notices import standing

_RUNS_SHOWN = 5


@dataclass(frozen=True)
class Run:
    """One run.

    `history`, `notices` and `settings` are read once per object: make a new one for a run that has
    gone on.

    Attributes:
        path: the folder.
        resumed: an earlier attempt wrote into it.
    """

    path: Path
    resumed: bool = False

    @property
    def log(self) -> Path:
        """Output of all processes."""
        return self.path / "train.log"

    @property
    def timeline(self) -> Path:
        """When each attempt entered each phase."""
        return self.path / "timeline.jsonl"

    @property
    def checkpoints(self) -> Path:
        """verl's ``trainer.default_local_dir``."""
        return self.path / "checkpoints"

    @property
    def dumps(self) -> Path:
        """Files of dumped groups: ``algorithm.credit.dump.folder``, by default a folder here."""
        return Path(self.setting("algorithm.credit.dump.folder") or self.checkpoints / "dumps")

    @property
    def config(self) -> Path:
        """Resolved configuration."""
        return self.path / "config.yaml"

    @property
    def is_done(self) -> bool:
        """Training ended well."""
        return (self.path / "done").exists()

    def mark_done(self) -> None:
        """Write the marker that keeps later launches from resuming this run."""
        (self.path / "done").write_text(f"{datetime.now().isoformat(timespec='seconds')}\n")

    def attempts(self) -> list[Path]:
        """Metric files in the order in which they were started."""
        numbered = [(_attempt_number(path), path) for path in self.path.glob("metrics.*.jsonl")]
        return [path for number, path in sorted(numbered) if number]

    def next_attempt(self) -> Path:
        """Metric file of the attempt about to start; verl truncates what it opens."""
        last = max((_attempt_number(path) for path in self.attempts()), default=0)
        return self.path / f"metrics.{last + 1}.jsonl"

    @cached_property
    def notices(self) -> list[Notice]:
        """What the run said about itself and did not take back; see `standing`."""
        return standing(self.attempts())

    @cached_property
    def record(self) -> dict[str, Any]:
        """What ``run.json`` says; empty without one.

        Raises:
            RunError: the file is no JSON object.
        """
        file = self.path / "run.json"
        try:
            record = json.loads(file.read_bytes()) if file.exists() else {}
        except ValueError:
            record = None
        if not isinstance(record, dict):
            raise RunError(f"{file} is no JSON object, so the run's recipe is unknown.")
        return record

    @property
    def launch(self) -> dict[str, Any]:
        """What the last launch ran in, as it wrote it down; {} for a run of an older version."""
        launches = self.record.get("launches") or [{}]
        return dict(launches[-1])

    @cached_property
    def history(self) -> History:
        """Step -> metric name -> finite number; see `merged`."""
        return merged(self.attempts())

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The resolved configuration as plain dicts; empty without ``config.yaml``.

        Raises:
            RunError: the file is no YAML mapping.
        """
        try:
            settings = yaml.safe_load(self.config.read_bytes()) if self.config.exists() else None
        except (yaml.YAMLError, UnicodeDecodeError):
            settings = "unreadable"
        if not isinstance(settings or {}, dict):
            raise RunError(f"{self.config} is no YAML mapping, so the run's settings are unknown.")
        return settings or {}

    @cached_property
    def problems(self) -> dict[tuple[int, str], list[Problem]]:
        """Outcomes of held-out problems by step and data source; see `problems.merged`."""
        return problems.merged(self.attempts())

    def series(self, name: str) -> tuple[list[int], list[float]]:
        """Steps at which a metric was logged, and its values there."""
        points = [(step, data[name]) for step, data in self.history.items() if name in data]
        return [step for step, _ in points], [value for _, value in points]

    def has(self, *patterns: str) -> bool:
        """Whether a metric with one of the names was logged; ``*`` stands for any text."""
        return any(matching(self._names, pattern) for pattern in patterns)

    def setting(self, dotted: str) -> Any:
        """The value of a dotted configuration key; None where it is absent or null."""
        node: Any = self.settings
        for part in dotted.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        return node

    @cached_property
    def _names(self) -> set[str]:
        return set().union(*self.history.values())


def load(folder: str | Path) -> Run:
    """The run in a folder that holds metrics.

    Raises:
        RunError: it holds none.
    """
    run = Run(Path(folder).resolve())
    if not run.attempts():
        raise RunError(_no_run(Path(folder)))
    return run


def _no_run(folder: Path) -> str:
    """Why a folder is no run, with the runs that lie in it, the newest first."""
    if not folder.is_dir():
        return f"There is no folder {folder}; give the folder of a run, outputs/RECIPE/NAME."
    inside = {
        path.parent for depth in ("*", "*/*") for path in folder.glob(f"{depth}/metrics.*.jsonl")
    }
    if not inside:
        return (
            f"{folder} holds no metrics.<attempt>.jsonl; give the folder of a run, "
            "outputs/RECIPE/NAME, that has logged a step."
        )
    newest = sorted(inside, key=lambda path: (path.stat().st_mtime, path), reverse=True)
    shown = ", ".join(map(str, newest[:_RUNS_SHOWN]))
    more = f" and {len(newest) - _RUNS_SHOWN} older" if len(newest) > _RUNS_SHOWN else ""
    return f"{folder} is no run, but holds runs; give one of them: {shown}{more}."


def _attempt_number(path: Path) -> int:
    match = re.fullmatch(r"metrics\.(\d+)\.jsonl", path.name)
    return int(match.group(1)) if match else 0
