"""``verl-credit check-operator``: which laws of a chain an operator breaks, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .command import command

if TYPE_CHECKING:
    from credit_plugins.operator import Operator


@command()
def check_operator(
    name: Annotated[
        str, typer.Argument(help="MODULE:NAME of an operator of yours, or a name of ours.")
    ],
) -> int:
    """Check the laws that a chain relies on in an operator.

    Exit status 1 when one is broken.
    """
    from rich.console import Console

    from credit_plugins.check import check
    from credit_plugins.errors import CreditConfigError
    from credit_plugins.registry import find

    from ..errors import RecipeError

    console = Console(soft_wrap=True, emoji=False)
    try:
        operator = find(name)
    except CreditConfigError as error:
        raise RecipeError(f"{error}.") from error
    for line in _facts(operator):
        console.print(f"  {line}", markup=False, highlight=False)
    found = check(operator)
    if not found:
        console.print(f"[green]ok[/green] {name}", highlight=False)
        return 0
    for finding in found:
        console.print("[red]x[/red] ", end="")
        at = ", ".join(f"{key}={_short(value)}" for key, value in finding.numbers.items())
        text = f"{finding.law}: {finding.sentence}" + (f" (at {at})" if at else "")
        console.print(text, markup=False, highlight=False)
    return 1


def _facts(operator: Operator) -> list[str]:
    """What its declaration says, one line each."""
    numbers = operator.declared
    facts = {
        "kind": operator.kind,
        "reads": ", ".join(operator.reads(numbers)),
        "scope": operator.scope(numbers),
        "numbers": ", ".join(f"{name} ({x.must})" for name, x in operator.options.items()),
        "neutral": ", ".join(f"{name}={x:g}" for name, x in operator.neutral.items()),
    }
    return [f"{name:<8} {text or 'none'}" for name, text in facts.items()]


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
