"""``verl-credit list``: what can be named in a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..catalog import description, recipe_names
from .command import command

if TYPE_CHECKING:
    from rich.console import Console


@command("list")
def list_all() -> None:
    """List recipes, estimators and environments."""
    from rich.console import Console

    import envs
    from credit_plugins.presets import estimator_names

    console = Console()
    recipes = [(name, description(name)) for name in recipe_names()]
    _section(console, "Recipes", "verl-credit train RECIPE", recipes)
    names = [(name, "") for name in estimator_names()]
    _section(console, "Estimators", "algorithm.adv_estimator=NAME", names)
    environments = [(env_id, envs.describe(env_id)) for env_id in envs.env_ids()]
    _section(console, "Environments", "data.env.id=ID", environments)


def _section(console: Console, title: str, usage: str, rows: list[tuple[str, str]]) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2))
    for name, text in rows:
        table.add_row(name, text)
    console.print(f"[bold]{title}[/bold]  [dim]{usage}[/dim]", highlight=False)
    console.print(table)
