"""``verl-credit dose``: how far a chain turns the gradient, from a dump and a model."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .command import command


@command()
def dose(
    dump: Annotated[
        Path, typer.Argument(help="A file that algorithm.credit.dump wrote, *.parquet.")
    ],
    model: Annotated[
        str, typer.Argument(help="The model that wrote it; a folder (see: verl-credit export).")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Compare the gradient of a dump's chain with that of its episode operator alone.

    The cosine is 1 where the chain does not turn the update. One rollout at a time, in float32.
    """
    from rich.console import Console

    from ..explain.gradient import doses_of, read
    from ..explain.policy import load
    from ..explain.show_dose import show

    found = doses_of(read(dump), load(model))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    show(found, Console(emoji=False, highlight=False))
