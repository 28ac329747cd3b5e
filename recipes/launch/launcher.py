"""`train`: preflight, warm start, run folder, verl's own entry point, report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ..catalog import RECIPES_DIR
from ..cluster import check_found
from ..processes.marked import end_marked
from ..runs import Run, open_run
from ..runs.checkpoints import last_step
from . import preflight
from .attempt import Attempt, Stopped, next_attempt, shown, stop_signals
from .compose import compose, hydra_quote
from .missed import made_up
from .outside import listed
from .overrides import MODEL_PATH
from .progress import console_for
from .surroundings import surroundings
from .wanted import Wanted, to_yaml, wanted

if TYPE_CHECKING:
    from omegaconf import DictConfig

# What verl calls every run that nobody named.
_UNNAMED = {"project_name": "verl_examples", "experiment_name": "gsm8k"}

_PLAIN: dict[str, Any] = {"highlight": False, "soft_wrap": True}
_METRICS_ELSEWHERE = (
    "The run has ended well, but left no metrics in {}: verl's trainer ran on a node that has a "
    "folder of this name on another disk. They and the checkpoints lie there."
)


def train(
    recipe: str,
    overrides: Sequence[str] = (),
    *,
    name: str | None = None,
    fresh: bool = False,
    source: str | None = None,
    retries: int = 0,
    plain: bool = False,
    console: Console | None = None,
    root: Path = Path("outputs"),
    folder: Path = RECIPES_DIR,
) -> int:
    """Train a recipe through ``python -m verl.trainer.main_ppo`` and report on it.

    The same call after an interruption goes on from the last checkpoint.

    Args:
        recipe: name of a recipe, or path of a YAML file.
        overrides: Hydra overrides, ``key=value``.
        name: name of the run; by default the time.
        fresh: start a new run even where an unfinished one could go on.
        source: the checkpoint to begin at, as `branch_from` takes it; by default the model.
        retries: how often a run that failed goes on by itself from its last checkpoint.
        plain: show progress as plain lines on a terminal too.
        console: where to print; decides by itself what it can show.
        root: folder of all runs.
        folder: where the recipes lie.

    Returns:
        Exit status: 0, or that of the failed process, or 128 + the signal that stopped us.

    Raises:
        RecipeError: unknown recipe, refused configuration, unusable run folder or checkpoint.
    """
    console = console or console_for(plain=plain)
    place: dict[str, Any] = {"folder": folder, "root": root, "name": name, "fresh": fresh}
    try:
        with stop_signals():
            asked = wanted(recipe, overrides, source=source, console=console, **place)
            model = warm_start(asked.config)
    except Stopped as stop:
        console.print("Stopped before the run began; the same command goes on.", highlight=False)
        return 128 + stop.number
    seen = surroundings(recipe, overrides, source, asked.config)
    with open_run(asked.recipe.stem, overrides, asked.text, launch=seen, **asked.place) as run:
        console.print(f"{'Resuming' if run.resumed else 'Run'}: {shown(run.path)}", highlight=False)
        try:
            with stop_signals():
                status = _attempt(run, asked, model, console)
                for number in range(1, retries + 1):
                    if status == 0:
                        break
                    console.print(f"Retry {number} of {retries}: it {_beginning(run)}.", **_PLAIN)
                    status = _attempt(run, asked, model, console)
        except Stopped as stop:
            console.print(f"Stopped; the same command resumes {shown(run.path)}.", highlight=False)
            return 128 + stop.number
        if status == 0:
            run.mark_done()
            if run.attempts():
                report(run.path, console)
            else:
                console.print(_METRICS_ELSEWHERE.format(run.path), **_PLAIN)
        else:
            console.print(f"The same command {_beginning(run)}.", **_PLAIN)
    return status


def _attempt(run: Run, asked: Wanted, model: Path | None, console: Console) -> int:
    """One attempt; its exit status."""
    check_found(asked.config)
    branch = asked.branch
    begun = branch.begin(run, asked.config, console) if branch else []
    attempt = plan(run, asked, model, begun)
    if attempt.cluster:
        from .joined import admit

        console.print(admit(attempt.cluster, run, asked.config), highlight=False)
    run.config.write_text(to_yaml(attempt.config))
    if count := end_marked(str(run.path)):
        console.print(f"Ended {count} process(es) left behind by an earlier attempt.")
    return attempt.execute(console)


def _beginning(run: Run) -> str:
    last = last_step(run.checkpoints)
    return f"goes on from global_step_{last}" if last else "starts from the beginning"


def report(run_dir: Path, console: Console) -> None:
    """Build the report of a run, print its table and say where the page is."""
    from ..report import build, print_table

    page = build(run_dir)
    print_table(run_dir, console)
    console.print(f"Report: {shown(page)}", highlight=False, soft_wrap=True)


def warm_start(config: DictConfig) -> Path | None:
    """The model that ``launch.warm_start`` asks for; it is trained if it is not cached."""
    settings = preflight.launch_section(config).get("warm_start")
    if not settings:
        return None
    from ..warm_start import ensure

    return ensure(**settings).resolve()


def plan(run: Run, asked: Wanted, model: Path | None, begun: Sequence[str]) -> Attempt:
    """The next attempt of a run; nothing is written.

    Args:
        run: the run folder, which decides where verl writes.
        asked: what the user asked for; its overrides come last and win.
        model: the warm-started model, if there is one.
        begun: the overrides of a branch that begins.
    """
    named = [f"{MODEL_PATH}={hydra_quote(model)}"] if model else []
    # The report needs verl's "file" logger, also beside loggers that the user names.
    loggers = dict.fromkeys([*listed(asked.config.trainer.logger), "file"])
    logged = f"trainer.logger=[{','.join(loggers)}]"
    missed = made_up(run, asked.config)
    items = [*_own(run, asked), *named, *begun, *asked.overrides, *missed, logged]
    return next_attempt(run, asked.recipe, items, compose(str(asked.recipe), items))


def _own(run: Run, asked: Wanted) -> list[str]:
    """What the run folder decides."""
    # So that wandb, TensorBoard and mlflow tell runs apart.
    names = {"project_name": asked.recipe.stem, "experiment_name": run.path.name}
    trainer = asked.config.trainer
    own = {key: name for key, name in names.items() if trainer[key] == _UNNAMED[key]}
    own["default_local_dir"] = str(run.checkpoints)
    return [f"trainer.{key}={hydra_quote(value)}" for key, value in own.items()]
