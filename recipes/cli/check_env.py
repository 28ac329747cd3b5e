"""``verl-credit check-env``: what an environment does wrong, and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from .command import command, keyword_arguments


@command()
def check_env(
    env_id: Annotated[str, typer.Argument(help="Environment id, e.g. reasoning/Addition-v0.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Its keyword arguments, e.g. digits=[1,2].")
    ] = None,
) -> int:
    """Check what training relies on in an environment, and say what to fix."""
    from rich.console import Console

    from envs.check import check_env

    console = Console()
    problems = check_env(env_id, **keyword_arguments(arguments))
    for problem in problems:
        what, _, fix = problem.partition(" Fix: ")
        console.print("[red]x[/red] ", end="")
        console.print(what, markup=False, highlight=False)
        console.print(f"  do: {fix}", markup=False, highlight=False)
    if not problems:
        console.print(f"[green]ok[/green] {env_id}", highlight=False)
    return 1 if problems else 0
