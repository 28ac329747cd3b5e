"""``verl-credit``: train recipes, list what there is, check environments, build reports.

Each command imports what it needs when it runs, so ``--help`` is instant.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import PreflightError, RecipeError

app = typer.Typer(
    help="Credit assignment for RL with verifiable rewards, inside verl.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@app.callback()
def importable_here() -> None:
    """Credit assignment for RL with verifiable rewards, inside verl."""
    # `python -m` does this by itself: a user's own environment lies in the folder they work in.
    if "" not in sys.path:
        sys.path.insert(0, "")


Overrides = Annotated[
    list[str] | None,
    typer.Argument(help="Hydra overrides of the recipe, e.g. algorithm.credit.gtpo.beta=0.3"),
]
Recipe = Annotated[str, typer.Argument(help="Name of a recipe (see: verl-credit list).")]


@app.command()
def train(
    recipe: Recipe,
    overrides: Overrides = None,
    name: Annotated[str | None, typer.Option(help="Name of the run; by default the time.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Never resume; start a new run.")] = False,
) -> None:
    """Train a recipe with verl and build its report.

    Checks everything that can be checked first. Writes to outputs/RECIPE/NAME; the same command
    after an interruption resumes from the last checkpoint.
    """
    from ..launch import train as run

    with _errors_told():
        status = run(recipe, overrides or [], name=name, fresh=fresh)
    raise typer.Exit(status)


@app.command("list")
def list_all() -> None:
    """List recipes, estimators and environments."""
    from rich.console import Console

    from .list import run

    run(Console())


@app.command("check-env")
def check_env(
    env_id: Annotated[str, typer.Argument(help="Environment id, e.g. reasoning/Addition-v0.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Its keyword arguments, e.g. digits=[1,2].")
    ] = None,
) -> None:
    """Check that an environment keeps the contract that training relies on; say what to fix."""
    from rich.console import Console

    from .check_env import run

    with _errors_told():
        status = run(env_id, _keyword_arguments(arguments or []), Console())
    raise typer.Exit(status)


EnvId = Annotated[str, typer.Argument(help="Environment id (see: verl-credit list), or MODULE:ID.")]


@app.command()
def build(
    env_id: EnvId,
    out: Annotated[Path, typer.Option("-o", "--out", help="The Parquet file to write.")],
    settings: Annotated[
        list[str] | None,
        typer.Argument(help="Where the rows are and how they are read, as key=value; see above."),
    ] = None,
) -> None:
    r"""Prepare the file that a data-set environment reads; golds that fail are refused.

    \b
    Settings, where the set's own do not fit:
      path=FILE         local JSONL, JSON or Parquet; {split} in it
                        stands for the name of a split
      hub=NAME          a set on the Hugging Face hub (config=, revision=)
      revision=COMMIT   a full commit keeps the rows as they are
      split=, validation_split=
                        splits; with one, 1 question in 8 is held out
      question=, answer=, difficulty=, solution=, id=
                        names of columns; a.b is the field b of a
    """
    from rich.console import Console

    from ..data.build import build as run

    with _errors_told():
        run(env_id, out, _keyword_arguments(settings or []), Console(stderr=True))


@app.command()
def validate(
    env_id: EnvId,
    settings: Annotated[
        list[str] | None,
        typer.Argument(help="file=PREPARED or settings as for build; else its own arguments."),
    ] = None,
    tasks: Annotated[
        int, typer.Option(min=1, help="Tasks per stream to draw from an environment without rows.")
    ] = 256,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Verify every gold against itself; report duplicates and train/validation overlap.

    Exit status 1 when a row has a problem.
    """
    import json

    from rich.console import Console

    from ..data.findings import show
    from ..data.validate import validate as run

    console = Console(stderr=True)
    with _errors_told():
        found = run(env_id, _keyword_arguments(settings or []), tasks, console)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        show(found, console)
    raise typer.Exit(0 if found["ok"] else 1)


@app.command(context_settings={"ignore_unknown_options": True})  # -5 is an answer, no option
def verify(
    gold: Annotated[str, typer.Argument(help="The correct answer, LaTeX or plain.")],
    answer: Annotated[
        str, typer.Argument(help="What a model wrote, with its final answer marked; - reads stdin.")
    ],
    answer_format: Annotated[
        str, typer.Option("--format", help="How it is marked: boxed, answer_tag or hash.")
    ] = "boxed",
    question: Annotated[
        str, typer.Option(help="What was asked: a formula copied out of it pays nothing.")
    ] = "",
    bare: Annotated[
        bool, typer.Option("--bare", help="ANSWER is the final answer itself, not marked.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say how and why.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds that algebra may take.")] = 3.0,
) -> None:
    """Say whether a response is correct, as the reward would have it.

    Exit status: 0 correct, 1 not, 2 bad input.
    """
    from rich.console import Console

    from .verify import run

    options = {"answer_format": answer_format, "bare": bare, "explained": explain}
    options |= {"question": question}
    with _errors_told():
        status = run(gold, answer, Console(), **options, timeout=timeout)
    raise typer.Exit(status)


@app.command("warm-start")
def warm_start(recipe: Recipe = "cpu_addition", overrides: Overrides = None) -> None:
    """Make the warm-started model of a recipe, where it is not cached, and print its folder."""
    from ..launch import warm_start as ensure
    from ..launch.compose import compose, for_hydra

    with _errors_told():
        model = ensure(compose(recipe, for_hydra(recipe, overrides or [])))
        if model is None:
            raise RecipeError(f"{recipe} asks for no warm start (launch.warm_start is empty).")
    typer.echo(model)


@app.command("mine-grams")
def mine_grams(
    rollouts: Annotated[
        list[Path],
        typer.Argument(help="Files or folders that trainer.rollout_data_dir wrote.", exists=True),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="For algorithm.credit.planning.grams.")
    ],
    encoder: Annotated[
        Path | None,
        typer.Option(help="Folder of a sentence encoder; by default TF-IDF.", exists=True),
    ] = None,
    min_score: Annotated[float, typer.Option(help="Score of a success.")] = 0.5,
    min_df: Annotated[float, typer.Option(help="Least share of successes with a gram.")] = 0.05,
    max_df: Annotated[float, typer.Option(help="Largest share of successes with a gram.")] = 0.8,
    clusters: Annotated[int, typer.Option(help="Clusters of grams to make.")] = 100,
    top_share: Annotated[float, typer.Option(help="Share of the clusters to keep.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Of the clustering.")] = 0,
) -> None:
    """Mine planning phrases from what successful rollouts say (needs the extra `mine`)."""
    from .mine_grams import mine_grams as run

    numbers = {
        "min_score": min_score,
        "min_df": min_df,
        "max_df": max_df,
        "clusters": clusters,
        "top_share": top_share,
        "seed": seed,
    }
    with _errors_told():
        mined = run(rollouts, output, encoder, numbers)
    typer.echo(
        f"{len(mined['grams'])} grams in {len(mined['clusters'])} clusters "
        f"from {mined['successes']} successes of {mined['rollouts']} rollouts: {output}"
    )


@app.command()
def report(
    run_dir: Annotated[
        Path, typer.Argument(help="Folder of a run: outputs/RECIPE/NAME.", exists=True)
    ],
) -> None:
    """Build the report of a run again, also of an unfinished one."""
    from rich.console import Console

    from ..launch import report as build

    build(run_dir, Console())


def _keyword_arguments(items: list[str]) -> dict[str, Any]:
    import yaml

    arguments = {}
    for item in items:
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
