"""A campaign on disk: its folder beside the plan, what is locked, what is in, what has failed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import RunError
from ..runs import Run
from .plan import Plan
from .table import Table, file_of, read, with_first_validation, write, write_whole

Key = tuple[str, int]


@dataclass(frozen=True)
class Store:
    """What a campaign has so far.

    Layout::

        PLAN.yaml
        PLAN/plan.lock                 hash of the plan, and of the configuration of each arm
        PLAN/results/ARM.seedN.json    one finished run; see `table`
        PLAN/results/ARM.seedN.failed  why a run failed after its retries
        PLAN/report.html, report.md, figures/

    Attributes:
        plan: the plan.
        runs: folder of all runs, usually ``outputs``.
    """

    plan: Plan
    runs: Path = Path("outputs")

    @property
    def lock(self) -> Path:
        """The file that keeps the hash."""
        return self.plan.folder / "plan.lock"

    def begin(self, configurations: Mapping[str, str]) -> None:
        """Lock the plan, or check that it is the one that was locked.

        Args:
            configurations: hash of each arm's configuration.

        Raises:
            RunError: results are in, and the plan or a configuration is another by now.
        """
        now: dict[str, Any] = {"plan": self.plan.hash, "configurations": dict(configurations)}
        before = self._locked()
        if not before:
            _ = self.tables  # results without a lock: refused if they come from another plan
        if before and before["plan"] != now["plan"] and self.files:
            raise RunError(
                f"{self.plan.file} is not the plan under which {len(self.files)} runs are in: its "
                f"hash was {before['plan']} and is {now['plan']}. A changed plan is a new "
                "campaign: write it into a file of another name."
            )
        changed = [
            arm
            for arm, text in (before or now)["configurations"].items()
            if now["configurations"].get(arm) != text
        ]
        if before and before["plan"] == now["plan"] and changed and self.files:
            raise RunError(
                f"The configuration of {', '.join(changed)} is not the one under which "
                f"{len(self.files)} runs are in: the recipe or verl's defaults have changed. Go "
                "back to that version, or write the plan into a file of another name."
            )
        if not before or before != now:
            write_whole(self.lock, json.dumps(now, indent=1) + "\n")

    def _locked(self) -> dict[str, Any] | None:
        if not self.lock.exists():
            return None
        try:
            found = json.loads(self.lock.read_text(encoding="utf-8"))
            return {"plan": found["plan"], "configurations": dict(found["configurations"])}
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{self.lock} cannot be read; take it from version control.") from error

    @property
    def files(self) -> dict[Key, Path]:
        """Tables that are there, by arm and seed, in the plan's order."""
        named = {key: file_of(self.plan.folder, *key) for key in self.plan.order}
        return {key: file for key, file in named.items() if file.exists()}

    @cached_property
    def tables(self) -> dict[Key, Table]:
        """The tables, each with a validation before training where one of its seed has it.

        Raises:
            RunError: a file is no table, or comes from another plan.
        """
        found: dict[Key, Table] = {}
        by_seed: dict[int, list[Table]] = {}
        for (arm, seed), file in self.files.items():
            table = read(file)
            if table.plan != self.plan.hash:
                raise RunError(
                    f"{file} comes from the plan {table.plan}, and {self.plan.file} is "
                    f"{self.plan.hash}; a changed plan is a new campaign."
                )
            if (table.arm, table.seed) != (arm, seed):
                raise RunError(f"{file} holds the run {table.arm} of seed {table.seed}.")
            if reason := self.unfit(table):
                raise RunError(f"{file} {reason}; remove it, and its run is made again.")
            by_seed.setdefault(seed, []).append(table)
        for seed, tables in by_seed.items():
            for table in with_first_validation(tables):
                found[table.arm, seed] = table
        return {key: found[key] for key in self.plan.order if key in found}

    @property
    def failures(self) -> dict[Key, str]:
        """Why runs failed after their retries."""
        found = {key: _failure(self.plan, key) for key in self.plan.order}
        return {
            key: file.read_text(encoding="utf-8").strip()
            for key, file in found.items()
            if file.exists() and key not in self.files
        }

    def fail(self, key: Key, reason: str) -> None:
        """Note that a run has failed after its retries."""
        now = datetime.now().isoformat(timespec="seconds")
        write_whole(_failure(self.plan, key), f"{now} {reason}\n")

    def save(self, table: Table) -> None:
        """Keep a table; a note of an earlier failure goes."""
        write(table, self.plan.folder)
        _failure(self.plan, (table.arm, table.seed)).unlink(missing_ok=True)

    def unfit(self, table: Table) -> str:
        """Why a table is no result of the plan, as the rest of a sentence; "" if it is one."""
        wanted = self.plan.validations[1:]  # the first one is shared
        if [step for step in table.steps if step] == wanted:
            return ""
        return f"was validated at the steps {list(table.steps)}, and the plan asks for {wanted}"

    def run_name(self, key: Key) -> str:
        """Name of a run's folder: it changes with the plan."""
        return f"{self.plan.name}-{self.plan.hash[:6]}-{key[0]}-seed{key[1]}"

    def run(self, key: Key) -> Run:
        """The folder of a run; it need not exist."""
        return Run(self.runs / Path(self.plan.recipe).stem / self.run_name(key))

    def taken_over(self, key: Key, configuration: str) -> Table | None:
        """A finished run of a plan in ``reuse`` with this very configuration, as one of this plan.

        Args:
            key: arm and seed here.
            configuration: hash of the configuration of the run.
        """
        for name in self.plan.reuse:
            folder = (self.plan.file.parent / name).with_suffix("")
            tables = [read(file) for file in sorted(folder.glob(f"results/*.seed{key[1]}.json"))]
            for table in with_first_validation(tables):
                if table.configuration == configuration:
                    own = self.plan.hash
                    return replace(table, plan=own, arm=key[0], taken_from=table.plan)
        return None


def _failure(plan: Plan, key: Key) -> Path:
    return file_of(plan.folder, *key).with_suffix(".failed")
