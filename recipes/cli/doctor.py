"""``verl-credit doctor``: what keeps a recipe from training here, or on the nodes of a cluster."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .command import Overrides, command


@command()
def doctor(
    recipe: Annotated[
        str | None, typer.Argument(help="What is to be trained; a name or path/to/mine.yaml.")
    ] = None,
    overrides: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> int:
    """Look at this machine, or at every node of the Ray cluster that a run would join.

    Exit status 1 when something is in the way.
    """
    from rich.console import Console

    from ..doctor import examine, show

    report = examine(recipe, overrides or [])
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2))
    else:
        show(report, Console())
    return 0 if report.ok else 1
