"""``verl-credit report``: build the report of a run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command import command


@command()
def report(
    run_dir: Annotated[
        Path, typer.Argument(help="Folder of a run: outputs/RECIPE/NAME.", exists=True)
    ],
) -> None:
    """Build the report of a run again; the run may be unfinished."""
    from rich.console import Console

    from .. import launch

    launch.report(run_dir, Console())
