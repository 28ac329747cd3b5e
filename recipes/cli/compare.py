"""``verl-credit compare``: two or more runs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .command import command

_PAGE = Path("compare.html")


@command()
def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN RUN ...", help="Folders of runs: outputs/RECIPE/NAME."),
    ],
    html: Annotated[
        Path | None, typer.Option(help="Where to write the page; by default compare.html.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, for programs; a page only with --html.")
    ] = False,
) -> None:
    """Compare runs with the first one: held-out pass@k, settings, time, dose, verdicts.

    Problems are paired where they are the same. Runs that differ in seeds alone are taken together.
    """
    from rich.console import Console

    from .. import compare as comparing

    found = comparing.compare(runs)
    if as_json:
        typer.echo(json.dumps(comparing.as_json(found), indent=2, default=str))
        if html is None:
            return
    else:
        console = Console()
        comparing.print_comparison(found, console)
        console.print(f"Page: {html or _PAGE}", highlight=False, soft_wrap=True, markup=False)
    comparing.page(found, html or _PAGE)
