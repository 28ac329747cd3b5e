"""``verl-credit export``: from a checkpoint to a model folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command import command


@command()
def export(
    run: Annotated[str, typer.Argument(help="Folder of a run: outputs/RECIPE/NAME.")],
    step: Annotated[
        int | None, typer.Option(min=1, help="Step of the checkpoint; by default the last.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Folder to write; by default RUN/export/global_step_N."),
    ] = None,
) -> None:
    """Write a checkpoint as a model folder that transformers and vLLM load.

    Weights in the precision that the run sampled in, tokenizer and chat template.
    """
    from rich.console import Console

    from .. import launch

    launch.export(run if step is None else f"{run}@{step}", out, Console())
