"""``verl-credit campaign``: does it help? A plan, paired runs over seeds, a report."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .command import app, command

if TYPE_CHECKING:
    from ..campaign.analysis import Analysis
    from ..campaign.plan import Plan as ReadPlan

campaign = typer.Typer(
    help="Ask whether something helps: a plan, paired runs over seeds, an answer.",
    no_args_is_help=True,
)
app.add_typer(campaign, name="campaign")

Plan = Annotated[
    Path,
    typer.Argument(help="The plan: a YAML file.", exists=True, dir_okay=False, metavar="PLAN.yaml"),
]
Root = Annotated[Path, typer.Option(help="Folder of all runs.")]
_PLAIN: dict[str, Any] = {"highlight": False, "markup": False, "soft_wrap": True}


@command(to=campaign)
def plan(plan: Plan) -> None:
    """Check a plan, say what it costs and can find, and lock it."""
    from rich.console import Console

    from ..campaign.configurations import Configurations
    from ..campaign.overview import design
    from ..campaign.reading import read
    from ..campaign.store import Store

    given = read(plan)
    console = Console()
    for line in design(given):
        console.print(line, **_PLAIN)
    configurations, store = Configurations(given), Store(given)
    configurations.check()
    store.begin(configurations.hashes())
    console.print(f"locked    {store.lock}", **_PLAIN)


@command(to=campaign)
def run(
    plan: Plan,
    root: Root = Path("outputs"),
    seeds: Annotated[
        str, typer.Option(help="Only these, like 1,2,3, where others run beside or elsewhere.")
    ] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Try runs again that have failed.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Show progress as plain lines, for logs; no colours.")
    ] = False,
) -> int:
    """Make the runs of a plan, one after the other.

    Kill it at any point; the same command goes on. Exit status 1 when runs have failed.
    """
    from rich.console import Console

    from ..campaign.reading import read
    from ..campaign.run import run

    return run(read(plan), Console(), root=root, seeds=_numbers(seeds), again=again, plain=plain)


def _numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if bad := [part for part in parts if not part.isdigit()]:
        raise typer.BadParameter(f"{bad[0]!r} is no seed; write --seeds 1,2,3.")
    return [int(part) for part in parts]


@command(to=campaign)
def status(plan: Plan, root: Root = Path("outputs")) -> None:
    """Show which runs are in, with their primary endpoint, and which are not."""
    from rich.console import Console

    from ..campaign.overview import heading, measured, status
    from ..campaign.reading import read
    from ..campaign.store import Store

    store, console = Store(read(plan), root), Console()
    console.print(heading(store), **_PLAIN)
    for grid in status(store, console.width):
        console.print(grid)
    console.print(measured(store), **_PLAIN)
    for (arm, seed), reason in store.failures.items():
        console.print(f"failed: {arm}, seed {seed}: {reason}", **_PLAIN)


@command(to=campaign)
def report(plan: Plan) -> None:
    """Write what the runs say: report.html, report.md and figures/ beside the plan."""
    from rich.console import Console

    from ..campaign.report import write
    from ..campaign.words import verdict

    analysis, console = _analysis(plan), Console()
    page = write(analysis)
    console.print(verdict(analysis.primary), **_PLAIN)
    console.print(f"Report: {page}", **_PLAIN)


@command(to=campaign)
def power(
    plan: Plan,
    rates: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Two rates or counts R/N, for the two-proportion shortcut."),
    ] = None,
) -> None:
    """Say how many seeds the smallest effect of interest needs."""
    from rich.console import Console

    from ..campaign.overview import power_lines, shortcut

    analysis, console = _analysis(plan), Console()
    asked = list(shortcut(*rates, analysis.plan.alpha)) if rates else []
    for line in chain(power_lines(analysis), asked):
        console.print(line, **_PLAIN)


def _analysis(file: Path) -> Analysis:
    from ..campaign.analysis import Analysis
    from ..campaign.reading import read
    from ..campaign.store import Store

    given: ReadPlan = read(file)
    store = Store(given)
    return Analysis(given, store.tables, store.failures)
