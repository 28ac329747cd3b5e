"""``verl-credit validate``: what is wrong with the golds of an environment."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .command import EnvId, command, keyword_arguments


@command()
def validate(
    env_id: EnvId,
    settings: Annotated[
        list[str] | None,
        typer.Argument(help="file=PREPARED or settings as for build; else its own arguments."),
    ] = None,
    tasks: Annotated[
        int, typer.Option(min=1, help="Tasks per stream to draw from an environment without rows.")
    ] = 256,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> int:
    """Verify every gold against itself; report duplicates and train/validation overlap.

    Exit status 1 when a row has a problem.
    """
    from rich.console import Console

    from ..data.findings import show
    from ..data.validate import validate

    console = Console(stderr=True)
    found = validate(env_id, keyword_arguments(settings), tasks, console)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        show(found, console)
    return 0 if found["ok"] else 1
