"""``verl-credit inspect``: the credit of single tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command import command


@command()
def inspect(
    run: Annotated[
        Path,
        typer.Argument(
            help="A run, outputs/RECIPE/NAME; a folder of dumps or one file of it; or prime-rl's "
            "token_exports.",
            metavar="RUN",
        ),
    ],
    step: Annotated[int | None, typer.Option(help="Dumped step; by default the last.")] = None,
    group: Annotated[
        str | None,
        typer.Option(
            help="Group, or the beginning of its name; by default the first with differing rewards."
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            help="Shade by weight, moved, advantage, entropy, surprisal, an operator's NAME, "
            "NAME:before or NAME:change."
        ),
    ] = None,
    rollout: Annotated[
        int | None, typer.Option(min=0, help="This rollout of the group only.")
    ] = None,
    every_token: Annotated[
        bool, typer.Option("--all", help="Print every rollout of the group to its end.")
    ] = False,
    compare: Annotated[
        Path | None, typer.Option(help="Another run, beside this one.", metavar="RUN")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page with everything, for a browser.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Write a picture of one rollout.")] = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="Folder of the tokenizer, for prime-rl's exports.")
    ] = None,
) -> None:
    """Show what each operator did to the credit of each token.

    Reads the groups that algorithm.credit.dump keeps of a run. Prints one group; --html and --svg
    write a file instead.
    """
    from rich.console import Console

    from .. import viewer

    request = viewer.Request(run, step, group, by, rollout, every_token, compare, tokenizer)
    console = Console(highlight=False)
    for file in (html, svg):
        if file is not None and not file.parent.is_dir():
            raise viewer.RunError(f"{file} cannot be written: there is no folder {file.parent}.")
    if html is not None:
        viewer.write_page(request, html, console)
    if svg is not None:
        viewer.write_picture(request, svg, console)
    if html is None and svg is None:
        viewer.print_group(request, console)
