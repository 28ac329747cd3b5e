"""``verl-credit train``: from a recipe to a trained model and its report."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .command import Overrides, Recipe, command


@command()
def train(
    recipe: Recipe,
    overrides: Overrides = None,
    name: Annotated[str | None, typer.Option(help="Name of the run; by default the time.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Never resume; start a new run.")] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Check everything, print the command, start nothing."),
    ] = False,
    source: Annotated[
        str | None,
        typer.Option("--from", help="Begin at a checkpoint: RUN, RUN@STEP or .../global_step_N."),
    ] = None,
    retries: Annotated[
        int,
        typer.Option(min=0, help="After a failure, go on from the last checkpoint so often."),
    ] = 0,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Show progress as plain lines, for logs; no colours."),
    ] = False,
) -> int:
    """Train a recipe with verl and build its report.

    Checks everything that can be checked first. Writes to outputs/RECIPE/NAME; the same command
    after an interruption resumes from the last checkpoint.
    """
    from .. import launch

    given: dict[str, Any] = {"name": name, "fresh": fresh, "source": source}
    if dry_run:
        return launch.dry_run(recipe, overrides or [], **given)
    return launch.train(recipe, overrides or [], retries=retries, plain=plain, **given)
