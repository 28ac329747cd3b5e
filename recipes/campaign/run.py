"""`campaign run`: the runs of a plan one after the other, from wherever they were left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress_bar import ProgressBar

from ..catalog import RECIPES_DIR
from ..errors import RunError
from ..launch import train
from ..launch.attempt import Stopped, stop_signals
from ..runs.failure import root_error
from ..runs.tail import LineTail
from .configurations import Configurations
from .plan import Plan
from .result import table_of
from .store import Key, Store

_PLAIN: dict[str, Any] = {"highlight": False, "markup": False, "soft_wrap": True}
_STOPS = (128 + 2, 128 + 15)  # SIGINT and SIGTERM, to us
_BAR = 30


def run(
    plan: Plan,
    console: Console,
    *,
    root: Path = Path("outputs"),
    recipes: Path = RECIPES_DIR,
    seeds: Sequence[int] = (),
    again: bool = False,
    plain: bool = False,
) -> int:
    """Make every run of a plan whose table is not there.

    Kill it at any point and call it again: finished runs are skipped, the one that was cut short
    goes on from its last checkpoint. A run that fails after its retries is noted and left out.

    Args:
        plan: a plan that was read.
        console: where to print.
        root: folder of all runs.
        recipes: where the recipes lie.
        seeds: only these, as where others run beside or elsewhere; none for all of the plan.
        again: try runs again that have failed.
        plain: lines in place of a bar, as for a log.

    Returns:
        0 if all of these runs are in, 1 if some have failed, 128 + the signal that stopped us.

    Raises:
        RecipeError: the configurations are refused, or are not those under which results are in.
        RunError: a seed is not the plan's.
    """
    if strange := set(seeds) - set(plan.seeds):
        raise RunError(
            f"{plan.file.name} has the seeds {', '.join(map(str, plan.seeds))}; "
            f"{', '.join(map(str, sorted(strange)))} is not among them."
        )
    wanted = [key for key in plan.order if not seeds or key[1] in seeds]
    store, configurations = Store(plan, root), Configurations(plan, recipes)
    try:
        with stop_signals():
            configurations.check()
            store.begin(configurations.hashes())
            campaign = _Campaign(store, configurations, console, wanted, plain=plain)
            for key in wanted:
                if key in store.files or (key in store.failures and not again):
                    continue
                if status := campaign.make(key):
                    return status
    except Stopped as stop:
        console.print("Stopped; the same command goes on.", **_PLAIN)
        return 128 + stop.number
    failed = {key: reason for key, reason in store.failures.items() if key in wanted}
    for (arm, seed), reason in failed.items():
        console.print(f"failed: {arm}, seed {seed}: {reason}", **_PLAIN)
    console.print(f"{_of(wanted, store)}.", **_PLAIN)
    return 1 if failed else 0


class _Campaign:
    """The runs of one call."""

    def __init__(
        self,
        store: Store,
        configurations: Configurations,
        console: Console,
        wanted: Sequence[Key],
        *,
        plain: bool,
    ) -> None:
        self._store, self._configurations, self._console = store, configurations, console
        self._wanted = wanted
        self._plain = plain
        self._seconds: list[float] = []

    def make(self, key: Key) -> int:
        """Take a run over, or make it, and keep its table; a status above 0 stops the campaign."""
        store, plan = self._store, self._store.plan
        configuration = self._configurations.hash(*key)
        if taken := store.taken_over(key, configuration):
            store.save(taken)
            self._say(f"{key[0]}, seed {key[1]}: taken over from the plan {taken.taken_from}.")
            return 0
        done = store.run(key)
        resumes, seconds = done.path.exists(), 0.0
        if not done.is_done:
            self._announce(key)
            begin = time.monotonic()
            status = self._train(key)
            if status in _STOPS:
                return status
            if status:
                self._fail(key, f"exit status {status}: {_why(store, key)}")
                return 0
            seconds = time.monotonic() - begin
            self._seconds.append(seconds)
        try:
            table = table_of(
                store.run(key), plan.hash, arm=key[0], seed=key[1], configuration=configuration
            )
            if reason := store.unfit(table):
                folder = store.run(key).path
                raise RunError(f"it {reason}; remove {folder}, and `run --again` makes it anew")
            if seconds and not resumes:
                table = replace(table, facts={**table.facts, "seconds": round(seconds, 1)})
            store.save(table)
        except RunError as error:
            self._fail(key, str(error))
        return 0

    def _train(self, key: Key) -> int:
        return train(
            self._store.plan.recipe,
            self._configurations.started(*key),
            name=self._store.run_name(key),
            retries=self._store.plan.retries,
            plain=self._plain,
            console=self._console,
            root=self._store.runs,
            folder=self._configurations.recipes,
        )

    def _fail(self, key: Key, reason: str) -> None:
        self._store.fail(key, reason)
        self._say(f"{key[0]}, seed {key[1]} has failed, and counts for nothing: {reason}")

    def _announce(self, key: Key) -> None:
        """A line and a bar over the runs; the bar within the run is that of `train`."""
        ended = [*self._store.files, *self._store.failures]
        left = 1 + sum(after not in ended for after in self._wanted[self._wanted.index(key) + 1 :])
        mean = sum(self._seconds) / len(self._seconds) if self._seconds else None
        hours = left * (mean / 3600 if mean else self._store.plan.hours_per_run)
        self._say(
            f"\n{key[0]}, seed {key[1]}: {_of(self._wanted, self._store)}, about {hours:.1f} h left"
        )
        if self._console.is_terminal and not self._plain:
            done = _done(self._wanted, self._store)
            bar = ProgressBar(total=len(self._wanted), completed=done, width=_BAR)
            self._console.print(bar)

    def _say(self, text: str) -> None:
        self._console.print(text, **_PLAIN)


def _of(wanted: Sequence[Key], store: Store) -> str:
    """How many of these runs are in, and of which seeds they are if they are not all."""
    seeds = sorted({seed for _, seed in wanted})
    some = len(wanted) < len(store.plan.order)
    of = f" of seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}" if some else ""
    return f"{_done(wanted, store)} of {len(wanted)} runs{of} are in"


def _done(wanted: Sequence[Key], store: Store) -> int:
    """How many of these runs are in; the folder is listed once."""
    files = store.files
    return sum(key in files for key in wanted)


def _why(store: Store, key: Key) -> str:
    """The last error of a run's log, in one line."""
    log = store.run(key).log
    error = root_error(LineTail(log).read()) if log.exists() else []
    return " ".join(error).strip() or f"see {log}"
