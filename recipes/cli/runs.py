"""``verl-credit runs``: the runs in a folder, the newest first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .command import command

if TYPE_CHECKING:
    from rich.console import Console

    from ..runs.listing import Listed

_DEFAULT = Path("outputs")
_WARNED = 10
_WIDE = 110
_STYLES = {"running": "bold green", "stopped": "yellow"}


@command()
def runs(
    folder: Annotated[
        Path, typer.Argument(help="Folder of all runs, of a recipe's, or one run.")
    ] = _DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """List runs with state, recipe, estimator, seed, last step and held-out pass@1.

    A run is running while a launch holds its folder, finished when training has ended well, else
    stopped. Newest first; a wide terminal also shows when each began.
    """
    from rich.console import Console

    from ..runs.listing import listed

    nothing_yet = folder == _DEFAULT and not folder.exists()
    rows, problems = ([], []) if nothing_yet else listed(folder)
    _warn(problems)
    if as_json:
        typer.echo(json.dumps([row.as_json() for row in rows], indent=2))
    elif rows:
        _print(rows, Console())
    else:
        typer.echo(f"There is no run in {folder}; verl-credit train begins one.")


def _print(rows: list[Listed], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("state", no_wrap=True)
    for name in ("recipe", "name", "estimator"):
        table.add_column(name, overflow="ellipsis")  # what a narrow terminal cuts
    table.add_column("seed", justify="right", no_wrap=True)
    table.add_column("step", justify="right", no_wrap=True)
    table.add_column("pass@1", no_wrap=True)
    if wide := console.width >= _WIDE:
        table.add_column("begun", no_wrap=True)
    for row in rows:
        cells = (row.recipe, row.name, _text(row.estimator), _text(row.seed), _step(row))
        begun = [row.created[:16].replace("T", " ")] if wide else []
        state = Text(row.state, _STYLES.get(row.state, ""))
        table.add_row(state, *map(Text, (*cells, _result(row), *begun)))
    console.print(table)
    if any(row.first is not None for row in rows):
        console.print("pass@1: held-out, first validation → last.", style="dim", highlight=False)


def _step(row: Listed) -> str:
    return f"{row.step}/{row.planned}" if row.planned else str(row.step)


def _result(row: Listed) -> str:
    return " → ".join(f"{value:.0%}" for value in (row.first, row.last) if value is not None)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _warn(problems: list[str]) -> None:
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True, style="yellow", highlight=False)
    for problem in problems[:_WARNED]:
        console.print(problem, markup=False)
    if len(problems) > _WARNED:
        console.print(f"{len(problems) - _WARNED} more folders are no runs or cannot be read.")
