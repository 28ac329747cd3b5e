"""What the subcommands of ``verl-credit`` share: registration, arguments, how errors are told."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from ..errors import PreflightError, RecipeError
from ..foreign import hiding_here

app = typer.Typer(
    help="Credit assignment for RL with verifiable rewards, inside verl.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

Function = Callable[..., Any]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="Hydra overrides of the recipe, e.g. algorithm.credit.gtpo.beta=0.3"),
]
Recipe = Annotated[
    str, typer.Argument(help="Name of a recipe (see: verl-credit list), or path/to/mine.yaml.")
]
EnvId = Annotated[str, typer.Argument(help="Environment id (see: verl-credit list), or MODULE:ID.")]


@app.callback()
def importable_here() -> None:
    """Credit assignment for RL with verifiable rewards, inside verl."""
    # A user's own environment lies in the folder they work in. Last, so that a package of theirs
    # that is called like one of ours hides nothing.
    sys.path[:] = [*(entry for entry in sys.path if entry), ""]
    if foreign := list(hiding_here()):
        _refuse(foreign)


def command(name: str | None = None, **settings: Any) -> Callable[[Function], Function]:
    """Register a function as a subcommand.

    The function returns the exit status, or None for 0. What the user got wrong is told in one
    sentence each, and the exit status is then 2.

    Args:
        name: what the user types; by default the function's name with hyphens.
        settings: further arguments of `typer.Typer.command`.
    """

    def register(function: Function) -> Function:
        @app.command(name, **settings)
        @functools.wraps(function)
        def run(*arguments: Any, **options: Any) -> None:
            with _errors_told():
                status = function(*arguments, **options)
            raise typer.Exit(status or 0)

        return function

    return register


def keyword_arguments(items: list[str] | None) -> dict[str, Any]:
    """``key=value`` items as a dict; values are YAML.

    Raises:
        RecipeError: an item without an equals sign.
    """
    import yaml

    arguments = {}
    for item in items or []:
        key, equals, value = item.partition("=")
        if not equals:
            raise RecipeError(f"{item!r} is no keyword argument; write key=value.")
        arguments[key] = yaml.safe_load(value)
    return arguments


@contextmanager
def _errors_told() -> Iterator[None]:
    try:
        yield
    except PreflightError as error:
        _refuse(error.problems)
    except Exception as error:
        # EnvError is looked up only now: `--help` must not import gymnasium.
        from envs.errors import EnvError

        if not isinstance(error, RecipeError | EnvError):
            raise
        _refuse([str(error)])


def _refuse(problems: list[str]) -> None:
    """Say what is wrong on stderr and exit with status 2."""
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True)
    for problem in problems:
        console.print("[bold red]error[/bold red] ", end="")
        console.print(problem, markup=False, highlight=False)
    raise typer.Exit(2)
