"""``verl-credit list``: what can be named in a recipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..catalog import description, recipe_names
from .command import command

if TYPE_CHECKING:
    from rich.console import Console

_RECIPES = ("Recipes", "verl-credit train RECIPE")
_PATTERN = "EPISODE[_gtpo[_sepa]][_hicra]"
_LISTED = "adv_estimator=credit credit.operators=[maxrl,boost,gtpo]"
_VERLS = "verl's own function, without our operators"


@command("list")
def list_names(
    everything: Annotated[
        bool, typer.Option("--all", help="Every name, each with its description.")
    ] = False,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="What a step logs as credit/*, and who reports it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """List recipes, estimators and environments."""
    from rich.console import Console

    if metrics:
        _print_metrics(Console(), as_json)
        return
    names = _names()
    if as_json:
        typer.echo(json.dumps(names, indent=2))
    elif everything:
        _print_all(names, Console())
    else:
        _print_screen(names, Console())


def _names() -> dict[str, list[dict[str, Any]]]:
    """Everything that can be named, and what is known of it."""
    import gymnasium

    import envs
    from credit_plugins.planning.config import detectors
    from credit_plugins.presets import CREDIT, PRESETS, VERLS_OWN
    from credit_plugins.registry import find, known_names

    operators = [find(name) for name in known_names()]
    return {
        "recipes": [{"name": name, "description": description(name)} for name in recipe_names()],
        "operators": [
            {
                "name": one.name,
                "kind": one.kind,
                "scope": one.scope(one.defaults),
                "description": one.summary,
            }
            for one in operators
        ],
        "estimators": [
            *(
                {"name": name, "operators": list(parts), "verl": name in VERLS_OWN}
                for name, parts in PRESETS.items()
            ),
            {"name": CREDIT, "operators": [], "verl": False},
        ],
        "detectors": [
            {"name": name, "description": one.summary} for name, one in detectors().items()
        ],
        "environments": [
            {
                "id": env_id,
                "kind": str(gymnasium.spec(env_id).entry_point).split(".")[1],
                "description": envs.describe(env_id),
            }
            for env_id in envs.env_ids()
        ],
    }


def _print_metrics(console: Console, as_json: bool) -> None:
    """Every declared metric with its unit, its meaning and who reports it."""
    from credit_plugins.core_metrics import CORE
    from credit_plugins.metrics import PREFIX
    from credit_plugins.registry import own

    sources = {"every chain": CORE, **{name: one.metrics for name, one in own().items()}}
    rows = [
        {
            "name": PREFIX + metric.name.replace("{signal}", "SIGNAL"),
            "unit": metric.unit,
            "meaning": metric.meaning,
            "panel": metric.panel,
            "from": source,
        }
        for source, found in sources.items()
        for metric in found
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    _heading(console, "Metrics", "SIGNAL is entropy or surprisal")
    for row in rows:
        row["meaning"] += f" ({row['unit']})" if row["unit"] else ""
    _rows(console, ((row["name"], f"{row['from']}: {row['meaning']}") for row in rows))
    console.print(
        "A scheduled number is logged as credit/OPERATOR/NUMBER, its gate as ..._gate.", style="dim"
    )


def _print_screen(names: dict[str, list[dict[str, Any]]], console: Console) -> None:
    """One screen: estimators by their pattern, environments by their short names."""
    title, usage = _RECIPES
    # On the first line, because the last one of a screen is the prompt's.
    _heading(console, title, f"{usage}    every name: --all; for programs: --json")
    _lines(console, ((one["name"], one["description"]) for one in names["recipes"]))
    _heading(console, "Estimators", f"algorithm.adv_estimator={_PATTERN}  * verl's own")
    _lines(console, _marked_operators(names))
    console.print(f"  + only in a list: {_LISTED}", style="dim", markup=False, highlight=False)
    _heading(console, "Environments", "data.env.id=reasoning/NAME-v0")
    for kind, title in (("procedural", "drawn"), ("dataset", "data sets")):
        ids = [one["id"] for one in names["environments"] if one["kind"] == kind]
        short = (env_id.removeprefix("reasoning/").removesuffix("-v0") for env_id in ids)
        _rows(console, [(title, ", ".join(short))], least=9)


def _marked_operators(names: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    verls = {one["name"] for one in names["estimators"] if one["verl"]}
    in_names = {part for one in names["estimators"] for part in one["operators"]}
    for one in names["operators"]:
        name = one["name"]
        mark = " *" if name in verls else "" if name in in_names else " +"
        yield f"{name}{mark}", one["description"]


def _print_all(names: dict[str, list[dict[str, Any]]], console: Console) -> None:
    _heading(console, *_RECIPES)
    _rows(console, ((one["name"], one["description"]) for one in names["recipes"]))
    _heading(console, "Estimators", "algorithm.adv_estimator=NAME")
    own = ((one["name"], _VERLS if one["verl"] else "") for one in names["estimators"])
    _rows(console, own)
    _heading(console, "Operators", "algorithm.credit.NAME, algorithm.credit.operators=[NAME,...]")
    kinds = ((one["name"], f"{one['kind']}: {one['description']}") for one in names["operators"])
    _rows(console, kinds)
    _heading(console, "Detectors", "algorithm.credit.planning.detector=NAME")
    _rows(console, ((one["name"], one["description"]) for one in names["detectors"]))
    _heading(console, "Environments", "data.env.id=ID")
    _rows(console, ((one["id"], one["description"]) for one in names["environments"]))


def _heading(console: Console, title: str, usage: str) -> None:
    from rich.text import Text

    console.print(Text.assemble((title, "bold"), "  ", (usage, "dim")), highlight=False)


def _lines(console: Console, rows: Iterable[tuple[str, str]]) -> None:
    """A line each, cut to the width of the screen."""
    rows = list(rows)
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        line = f"  {name:<{width}}  {text}"
        if len(line) > console.width:
            line = f"{line[: console.width - 3].rstrip()}..."
        console.print(line, markup=False, highlight=False, no_wrap=True)


def _rows(console: Console, rows: Iterable[tuple[str, str]], least: int = 23) -> None:
    """A table of two columns, the first one with at least so many letters, the second wrapped."""
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
    table.add_column(no_wrap=True, min_width=least)
    for name, text in rows:
        table.add_row(name, text)
    console.print(table)
