"""What the subcommands of ``verl-credit`` share: registration, arguments, how errors are told."""

from __future__ import annotations

import errno
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
    context_settings={"help_option_names": ["-h", "--help"]},
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


def _version(wanted: bool) -> None:
    if wanted:
        from credit_plugins.verl_adapter import releases

        typer.echo(f"verl-credit {releases.own()}")
        raise typer.Exit


@app.callback()
def importable_here(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Credit assignment for RL with verifiable rewards, inside verl."""
    # A user's own environment lies in the folder they work in. Last, so that a package of theirs
    # that is called like one of ours hides nothing.
    sys.path[:] = [*(entry for entry in sys.path if entry), ""]
    if foreign := list(hiding_here()):
        _refuse(foreign)


def command(
    name: str | None = None, *, to: typer.Typer = app, **settings: Any
) -> Callable[[Function], Function]:
    """Register a function as a subcommand.

    The function returns the exit status, or None for 0. What the user got wrong is told in one
    sentence each, and the exit status is then 2.

    Args:
        name: what the user types; by default the function's name with hyphens.
        to: the command that it belongs to.
        settings: further arguments of `typer.Typer.command`.
    """

    def register(function: Function) -> Function:
        @to.command(name, **settings)
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
        RecipeError: an item without a key or an equals sign, or a value that is no YAML.
    """
    import yaml

    arguments = {}
    for item in items or []:
        key, equals, value = item.partition("=")
        if not equals or not key.isidentifier():
            raise RecipeError(f"{item!r} is no keyword argument; write key=value.")
        try:
            arguments[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            reason = " ".join(str(getattr(error, "problem", "") or error).split())
            raise RecipeError(
                f"{item!r}: the value is no YAML ({reason}); put quotes around a text with special "
                "characters."
            ) from error
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

        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            # An error of a write, unlike one of an open, does not know the file.
            _refuse([f"{error.strerror}: make room on the disk of outputs/, then type it again."])
        if isinstance(error, OSError) and error.filename:
            _refuse([f"{error.filename}: {error.strerror}."])
        if not isinstance(error, RecipeError | EnvError):
            raise
        _refuse([str(error)])


def _refuse(problems: list[str]) -> None:
    """Say what is wrong on stderr and exit with status 2."""
    from rich.console import Console

    console = Console(stderr=True, soft_wrap=True, emoji=False)
    for problem in problems:
        console.print("[bold red]error[/bold red] ", end="")
        console.print(problem, markup=False, highlight=False)
    raise typer.Exit(2)
