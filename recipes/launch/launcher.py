"""`train`: preflight, warm start, run folder, verl's own entry point, report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from ..catalog import RECIPES_DIR, recipe_file
from ..runs import Run, next_run, open_run
from . import preflight
from .attempt import Attempt, Stopped, command, environment, shown, stop_signals
from .branch import branch_from
from .compose import compose, for_hydra, hydra_quote
from .overrides import MODEL_PATH
from .process import end_marked

if TYPE_CHECKING:
    from omegaconf import DictConfig

# What verl calls every run that nobody named.
_UNNAMED = ("verl_examples", "gsm8k")


def train(
    recipe: str,
    overrides: Sequence[str] = (),
    *,
    name: str | None = None,
    fresh: bool = False,
    source: str | None = None,
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
        console: where to print.
        root: folder of all runs.
        folder: where the recipes lie.

    Returns:
        Exit status: 0, or that of the failed process, or 128 + the signal that stopped us.

    Raises:
        RecipeError: unknown recipe, refused configuration, unusable run folder or checkpoint.
    """
    console = console or Console()
    file = recipe_file(recipe, folder)
    branch = branch_from(source) if source else None
    items = [*(branch.model(overrides) if branch else []), *overrides]
    items = for_hydra(recipe, items, folder)
    config = compose(recipe, items, folder)
    warn(preflight.check(config, root), console)
    text = to_yaml(config, resolve=False)  # the model's path may be open until the warm start
    origin = branch.record if branch else None
    # A branch that has begun no longer needs the checkpoint.
    if (
        branch
        and not next_run(
            file.stem, text, root=root, name=name, fresh=fresh, branched_from=origin
        ).resumed
    ):
        branch.check(config)
    try:
        with stop_signals():
            named = model_override(warm_start(config))
            preflight.check_prompts(compose(recipe, [*named, *items], folder))
    except Stopped as stop:
        console.print("Stopped before the run began; the same command goes on.", highlight=False)
        return 128 + stop.number
    with open_run(
        file.stem, overrides, text, root=root, name=name, fresh=fresh, branched_from=origin
    ) as run:
        console.print(f"{'Resuming' if run.resumed else 'Run'}: {shown(run.path)}", highlight=False)
        try:
            with stop_signals():
                begun = branch.begin(run, config, console) if branch else []
                attempt = plan(run, file, config, [*named, *begun, *items])
                run.config.write_text(to_yaml(attempt.config))
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


def model_override(model: Path | None) -> list[str]:
    """The override that names a warm-started model; none without one."""
    return [f"{MODEL_PATH}={hydra_quote(model)}"] if model else []


def plan(run: Run, recipe: Path, config: DictConfig, overrides: Sequence[str]) -> Attempt:
    """The next attempt of a run; nothing is written.

    Args:
        run: the run folder, which decides where verl writes.
        recipe: file of the recipe.
        config: the configuration before anything that depends on the folder.
        overrides: those for Hydra; they come after what the folder decides and win.
    """
    items = [*_own(run, recipe, config), *overrides]
    resolved = compose(str(recipe), items)
    metrics = run.next_attempt()
    return Attempt(
        run=run,
        command=command(recipe, items),
        env=environment(preflight.launch_section(resolved).get("env") or {}, metrics),
        metrics=metrics,
        config=resolved,
    )


def warn(warnings: Sequence[str], console: Console) -> None:
    """Print warnings, one line each."""
    for warning in warnings:
        console.print(f"warning: {warning}", style="yellow", markup=False, soft_wrap=True)


def to_yaml(config: DictConfig, *, resolve: bool = True) -> str:
    """A configuration as YAML text."""
    from omegaconf import OmegaConf

    return OmegaConf.to_yaml(config, resolve=resolve)


def _own(run: Run, recipe: Path, config: DictConfig) -> list[str]:
    """What the run folder decides."""
    loggers = dict.fromkeys([*preflight.plain(config.trainer.logger), "file"])
    project, experiment = config.trainer.project_name, config.trainer.experiment_name
    return [
        f"trainer.logger=[{','.join(loggers)}]",
        # So that wandb, TensorBoard and mlflow tell runs apart.
        *([f"trainer.project_name={hydra_quote(recipe.stem)}"] * (project == _UNNAMED[0])),
        *([f"trainer.experiment_name={hydra_quote(run.path.name)}"] * (experiment == _UNNAMED[1])),
        f"trainer.default_local_dir={hydra_quote(run.checkpoints)}",
        f"hydra.run.dir={hydra_quote(run.path)}",
        "hydra.output_subdir=null",
        "hydra/job_logging=stdout",
    ]
