"""One attempt at a run: verl's process, followed on screen until it ends or is stopped."""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import OmegaConf
from rich.console import Console

from credit_plugins import held_out
from credit_plugins.notices import FILE_VARIABLE

from ..catalog import RECIPES_DIR
from ..cluster import authentication, join_overrides, running_address
from ..processes.marked import KEEP_ENVIRONMENT, RUN_MARK
from ..processes.training import Training
from ..runs import Run
from ..runs.failure import log_end, root_error
from ..runs.notices import NoticesTail, notices_file, say
from ..runs.problems import problems_file
from ..runs.status import Status
from ..runs.tail import LineTail, MetricsTail, SampleTail
from ..runs.timeline import ENDED, Timeline
from .compose import hydra_quote, search_path
from .progress import display_for

if TYPE_CHECKING:
    from omegaconf import DictConfig

_POLL_S = 0.25
_LITTLE = 500_000_000  # bytes


class Stopped(Exception):
    """The user or the system asked us to stop; ``number`` is the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True)
class Attempt:
    """What to start and where it writes.

    Attributes:
        run: the run folder.
        command: program and arguments.
        env: additions to the environment.
        metrics: file that verl's "file" logger will write.
        config: the resolved configuration of the command.
        cluster: address of the Ray that it joins; None if it starts its own.
    """

    run: Run
    command: Sequence[str]
    env: Mapping[str, str]
    metrics: Path
    config: DictConfig
    cluster: str | None = None

    def execute(self, console: Console) -> int:
        """Run to the end and show progress; nothing is left running afterwards.

        Returns:
            Exit status of the process, 128 + signal where a signal ended it.

        Raises:
            Stopped: by a signal to us, after the process has ended.
        """
        begin = self._begin_log()
        timeline = Timeline(self.run.timeline, self.metrics.name)
        process = Training(self.command, self.env, self.run.log, self.run.path)
        try:
            self._follow(process, LineTail(self.run.log, begin), timeline, console)
        except Stopped:
            console.print("Stopping verl, Ray and vLLM ...")
            with _impatience(process):
                process.interrupt()
            raise
        finally:
            status = process.end()
            timeline.note(ENDED)
        if status:
            self._explain_failure(begin, status, console)
        return status if status >= 0 else 128 - status

    def _begin_log(self) -> int:
        """Write a first line for this attempt to train.log and return the byte where it begins."""
        now = datetime.now().isoformat(timespec="seconds")
        with self.run.log.open("a") as log:
            begin = log.tell()
            log.write(f"=== {now} {self.metrics.name} {shlex.join(self.command)}\n")
        return begin

    def _follow(
        self, process: Training, log: LineTail, timeline: Timeline, console: Console
    ) -> None:
        planned = self.config.trainer.total_training_steps  # None: verl derives it from the data
        rows, status, running = MetricsTail(self.metrics), Status(planned), True
        notices = NoticesTail(notices_file(self.metrics))
        folder = OmegaConf.select(self.config, "algorithm.credit.dump.folder")
        samples = SampleTail(Path(folder or self.run.checkpoints / "dumps"))
        with display_for(console) as display:
            while running:
                running = process.poll() is None  # read once more after the end
                for line in log.read():
                    status.on_line(line)
                timeline.note(status.phase)
                display.show(status)
                for step, data in rows.read():
                    ended = status.on_metrics(step, data, time.monotonic())
                    status.sample = samples.read() or status.sample
                    display.show(status, step_ended=ended)
                for text in notices.read():  # rich prints it above the bar
                    say(text, console)
                if running:
                    time.sleep(_POLL_S)

    def _explain_failure(self, begin: int, status: int, console: Console) -> None:
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        console.print(f"Training failed ({how}):", style="bold red")
        lines = LineTail(self.run.log, begin).read()
        free = shutil.disk_usage(self.run.path).free
        # On a full disk the log ends before the error, within a traceback.
        error = root_error(lines) or ([] if free < _LITTLE else log_end(lines))
        for line in error:
            console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
        if free < _LITTLE:
            said = f"is full, or nearly: {free / 1e6:.0f} MB are left"
            console.print(f"The disk of this run {said}.", highlight=False, soft_wrap=True)
        console.print(f"Full log: {shown(self.run.log)}", highlight=False, soft_wrap=True)


def next_attempt(run: Run, recipe: Path, overrides: Sequence[str], config: DictConfig) -> Attempt:
    """The next attempt of a run; nothing is written.

    Args:
        run: the run folder.
        recipe: file of the recipe.
        overrides: for Hydra; they win over where a run folder lets Hydra write.
        config: the recipe with these overrides, resolved.
    """
    metrics = run.next_attempt()
    variables = environment(OmegaConf.select(config, "launch.env") or {}, metrics)
    cluster, joining = running_address(config), []
    if cluster:
        told = {**variables, **KEEP_ENVIRONMENT, RUN_MARK: str(run.path)}
        # Ray looks for the address in TMPDIR, which a run has of its own.
        variables |= {"RAY_ADDRESS": cluster, **authentication()}
        joining = join_overrides(config, {key: hydra_quote(told[key]) for key in told})
    return Attempt(
        run=run,
        command=command(recipe, [*_hydra(run), *overrides, *joining]),
        env=variables,
        metrics=metrics,
        config=config,
        cluster=cluster,
    )


def _hydra(run: Run) -> list[str]:
    return [
        f"hydra.run.dir={hydra_quote(run.path)}",
        "hydra.output_subdir=null",
        "hydra/job_logging=stdout",
    ]


def command(recipe: Path, overrides: Sequence[str]) -> list[str]:
    """The command of stock verl on a recipe's file, with this Python."""
    main = [sys.executable, "-m", "verl.trainer.main_ppo"]
    place = ["--config-dir", str(recipe.parent), "--config-name", recipe.stem]
    # Hydra takes a search path from the recipe itself; one of a user's need not have it.
    own = recipe.parent != RECIPES_DIR
    places = ",".join(map(hydra_quote, search_path(recipe)))
    found_in = [f"hydra.searchpath=[{places}]"] if own else []
    return [*main, *place, *found_in, *overrides]


def environment(wanted: Mapping[str, object], metrics: Path) -> dict[str, str]:
    """The recipe's ``launch.env`` and what the launch itself decides."""
    fixed = {
        "VERL_FILE_LOGGER_PATH": str(metrics),
        FILE_VARIABLE: str(notices_file(metrics)),
        held_out.FILE_VARIABLE: str(problems_file(metrics)),
        "HYDRA_FULL_ERROR": "1",  # the whole traceback goes to train.log
        "PYTHONUNBUFFERED": "1",
    }
    return {**{key: str(value) for key, value in wanted.items()}, **fixed}


@contextmanager
def stop_signals() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into `Stopped`, so that the child is always ended properly."""

    def stop(number: int, _frame: object) -> None:
        raise Stopped(number)

    wanted = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in wanted]
    try:
        yield
    finally:
        for number, handler in zip(wanted, before, strict=True):
            signal.signal(number, handler)


def shown(path: Path) -> Path:
    """A path as the user would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@contextmanager
def _impatience(process: Training) -> Iterator[None]:
    """End the child at once if a second signal comes within the block."""
    try:
        yield
    except Stopped:
        process.end(patience_s=0)
