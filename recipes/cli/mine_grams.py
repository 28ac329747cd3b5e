"""``verl-credit mine-grams``: from rollout dumps to a file for ``credit.planning.grams``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import PreflightError, RecipeError
from .command import command


@command()
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
    from credit_plugins.errors import CreditError
    from credit_plugins.planning.encoder import load_encoder
    from credit_plugins.planning.grams import write_grams
    from credit_plugins.planning.mining import MiningConfig, mine
    from credit_plugins.planning.rollouts import read_outputs

    numbers: dict[str, Any] = {"min_score": min_score, "min_df": min_df, "max_df": max_df}
    numbers |= {"clusters": clusters, "top_share": top_share, "seed": seed}
    found = MiningConfig.problems(numbers)
    if output.is_dir() or not output.absolute().parent.is_dir():
        found.append(f"output is {output}, must be a file in a folder that exists")
    if found:
        raise PreflightError(found)
    try:
        encode = load_encoder(str(encoder)) if encoder else None
        mined = mine(read_outputs(rollouts), MiningConfig(**numbers), encode)
    except CreditError as error:
        raise RecipeError(str(error)) from error
    write_grams(output, mined)
    typer.echo(
        f"{len(mined['grams'])} grams in {len(mined['clusters'])} clusters "
        f"from {mined['successes']} successes of {mined['rollouts']} rollouts: {output}"
    )
