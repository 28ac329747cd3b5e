"""``verl-credit eval``: pass@k of a run or of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command import command, keyword_arguments


@command()
def eval(
    subject: Annotated[
        str, typer.Argument(help="RUN, RUN@STEP, or the folder of a model.", metavar="RUN|MODEL")
    ],
    kwargs: Annotated[
        list[str] | None, typer.Argument(help="Arguments of the environment, key=value.")
    ] = None,
    env: Annotated[
        str | None, typer.Option(help="Environment id, or MODULE:ID; by default the run's.")
    ] = None,
    problems: Annotated[int | None, typer.Option(min=1, help="Held-out problems.")] = None,
    samples: Annotated[
        int | None, typer.Option(min=1, help="Answers to each problem: the n of pass@k.")
    ] = None,
    temperature: Annotated[float | None, typer.Option(min=0.0, help="Of sampling.")] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Longest response; 512 for a model.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="Recipe whose settings a model gets; by default the CPU's.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the results here as well.")
    ] = None,
) -> int:
    """Print unbiased pass@k on held-out problems, without training.

    Uses verl's own validation: same engine, same environment, same verifier as in training. What
    is not given is as in the run. Writes outputs/eval/NAME/results.json.
    """
    from .. import launch

    choices = launch.Choices(
        env_id=env,
        kwargs=keyword_arguments(kwargs),
        problems=problems,
        samples=samples,
        temperature=temperature,
        max_tokens=max_tokens,
        recipe=recipe,
    )
    return launch.evaluate(subject, choices, json_file=json_file)
