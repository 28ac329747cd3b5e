"""`verl-credit check-env`: what an environment does wrong, and what to do about it."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from envs.check import check_env


def run(env_id: str, arguments: dict[str, Any], console: Console) -> int:
    """Check `env_id`, made with `arguments`; return 0 if nothing was found, else 1.

    Raises:
        UnknownEnvError: no such id.
    """
    problems = check_env(env_id, **arguments)
    for problem in problems:
        what, _, fix = problem.partition(" Fix: ")
        console.print("[red]x[/red] ", end="")
        console.print(what, markup=False, highlight=False)
        console.print(f"  do: {fix}", markup=False, highlight=False)
    if not problems:
        console.print(f"[green]ok[/green] {env_id}", highlight=False)
    return 1 if problems else 0
