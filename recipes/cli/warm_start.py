"""``verl-credit warm-start``: the model that a recipe starts from."""

from __future__ import annotations

import typer

from ..errors import RecipeError
from .command import Overrides, Recipe, command


@command()
def warm_start(recipe: Recipe = "cpu_addition", overrides: Overrides = None) -> None:
    """Print the folder of a recipe's warm-started model; train the model if it is not cached."""
    from .. import launch
    from ..launch.compose import compose, for_hydra

    model = launch.warm_start(compose(recipe, for_hydra(recipe, overrides or [])))
    if model is None:
        raise RecipeError(f"{recipe} asks for no warm start (launch.warm_start is empty).")
    typer.echo(model)
