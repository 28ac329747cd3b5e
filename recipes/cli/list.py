"""`verl-credit list`: what can be named in a recipe."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

import envs
from credit_plugins.presets import estimator_names

from ..catalog import description, recipe_names


def run(console: Console) -> None:
    """Print recipes, estimators and environments, one line each."""
    recipes = [(name, description(name)) for name in recipe_names()]
    _section(console, "Recipes", "verl-credit train RECIPE", recipes)
    names = [(name, "") for name in estimator_names()]
    _section(console, "Estimators", "algorithm.adv_estimator=NAME", names)
    environments = [(env_id, envs.describe(env_id)) for env_id in envs.env_ids()]
    _section(console, "Environments", "data.env.id=ID", environments)


def _section(console: Console, title: str, usage: str, rows: list[tuple[str, str]]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2))
    for name, text in rows:
        table.add_row(name, text)
    console.print(f"[bold]{title}[/bold]  [dim]{usage}[/dim]", highlight=False)
    console.print(table)
