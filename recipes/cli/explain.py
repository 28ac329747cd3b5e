"""``verl-credit explain``: what a chain of operators does to one group, step by step."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .command import command


@command()
def explain(
    operators: Annotated[
        str,
        typer.Argument(
            help="Name of an estimator, as maxrl_gtpo_sepa_hicra, or operators in the order in "
            "which they run: maxrl,sepa,my_ops:calm"
        ),
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(help="Numbers, as under algorithm.credit: gtpo.beta=0.5 sepa.lam=1"),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            help="JSONL with text and reward per line, maybe entropies, tokens, prompt; or a "
            "dump's .parquet, FILE@2 for its second group. By default a built-in example."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Model that computes entropies and surprisals; a folder."),
    ] = None,
    step: Annotated[
        int | None,
        typer.Option(min=0, help="Training step of scheduled numbers; by default their end."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per token, for programs.")
    ] = False,
) -> None:
    """Show what a chain of operators does to one group, step by step, without training."""
    from rich.console import Console

    from ..explain import explain as explained
    from ..explain.show import show
    from ..launch.overrides import as_mapping

    credit = as_mapping(overrides or [], under="algorithm.credit.")
    told = explained(operators, group, credit, model, step)
    if as_json:
        for row in told.rows():
            typer.echo(json.dumps(row))
        return
    show(told, Console(emoji=False, highlight=False))
