"""`train`: preflight, run folder, warm start, verl's own entry point, report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ..catalog import RECIPES_DIR
from ..runs import Run, open_run
from . import preflight
from .attempt import Attempt, Stopped, command, environment, shown, stop_signals
from .compose import MODEL_PATH, compose, for_hydra, hydra_quote
from .process import end_marked

if TYPE_CHECKING:
    from omegaconf import DictConfig


def train(
    recipe: str,
    overrides: Sequence[str] = (),
    *,
    name: str | None = None,
    fresh: bool = False,
    console: Console | None = None,
    root: Path = Path("outputs"),
    folder: Path = RECIPES_DIR,
) -> int:
    """Train a recipe through ``python -m verl.trainer.main_ppo`` and report on it.

    The same call after an interruption goes on from the last checkpoint.

    Args:
        recipe: name of a recipe.
        overrides: Hydra overrides, ``key=value``.
        name: name of the run; by default the time.
        fresh: start a new run even where an unfinished one could go on.
        console: where to print.
        root: folder of all runs.
        folder: where the recipes lie.

    Returns:
        Exit status: 0, or that of the failed process, or 128 + the signal that stopped us.

    Raises:
        RecipeError: unknown recipe, refused configuration, unusable run folder.
    """
    console = console or Console()
    items = for_hydra(recipe, overrides, folder)
    config = compose(recipe, items, folder)
    for warning in preflight.check(config):
        console.print(f"warning: {warning}", style="yellow", markup=False, soft_wrap=True)
    text = _yaml(config, resolve=False)  # the model's path may be open until the warm start
    with open_run(recipe, overrides, text, root=root, name=name, fresh=fresh) as run:
        console.print(f"{'Resuming' if run.resumed else 'Run'}: {shown(run.path)}", highlight=False)
        try:
            with stop_signals():
                own = _own(run, config, warm_start(config))
                attempt = _attempt(run, recipe, [*own, *items], folder)
                if count := end_marked(str(run.path)):
                    console.print(f"Ended {count} process(es) left behind by an earlier attempt.")
                status = attempt.execute(console)
        except Stopped as stop:
            console.print(f"Stopped; the same command resumes {shown(run.path)}.", highlight=False)
            return 128 + stop.number
        if status == 0:
            run.mark_done()
            report(run.path, console)
    return status


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


def _own(run: Run, config: DictConfig, model: Path | None) -> list[str]:
    """What the run folder decides; the user's own overrides come after these and win."""
    loggers = dict.fromkeys([*preflight.plain(config.trainer.logger), "file"])
    own = [
        f"trainer.logger=[{','.join(loggers)}]",
        f"trainer.default_local_dir={hydra_quote(run.checkpoints)}",
        f"hydra.run.dir={hydra_quote(run.path)}",
        "hydra.output_subdir=null",
        "hydra/job_logging=stdout",
    ]
    return own + ([f"{MODEL_PATH}={hydra_quote(model)}"] if model else [])


def _attempt(run: Run, recipe: str, overrides: Sequence[str], folder: Path) -> Attempt:
    """Write the resolved configuration and return the next attempt of a run."""
    config = compose(recipe, overrides, folder)
    run.config.write_text(_yaml(config))
    metrics = run.next_attempt()
    return Attempt(
        run=run,
        command=command(recipe, overrides, folder),
        env=environment(preflight.launch_section(config).get("env") or {}, metrics),
        metrics=metrics,
        total=config.trainer.total_training_steps,
    )


def _yaml(config: DictConfig, *, resolve: bool = True) -> str:
    from omegaconf import OmegaConf

    return OmegaConf.to_yaml(config, resolve=resolve)
