"""The comparison in the terminal, within 80 columns; what matters most stands last."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .comparison import Comparison
from .rows import rows
from .words import caution, how, points, setting, within, written

_PLAIN: dict[str, Any] = {"box": None, "padding": (0, 2, 0, 0), "pad_edge": False}
_SETTINGS = 8
_NOTE: dict[str, Any] = {"style": "dim", "highlight": False, "markup": False}


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print runs, settings that differ, time and dose, then held-out differences."""
    console.print(_runs(comparison))
    _print_settings(comparison, console)
    _print_measures(comparison, console)
    for one in comparison.runs:
        for notice in one.run.notices:
            text = f"{one.letter}, since step {notice.since}: {notice.title}"
            console.print(text, style="yellow", markup=False, highlight=False)
    for source in comparison.sources:
        _print_source(comparison, source, console)
    first, *others = caution(comparison)
    console.print(first, style="bold", highlight=False)
    for sentence in others:
        console.print(sentence, highlight=False)


def _runs(comparison: Comparison) -> Table:
    table = Table(show_header=False, **_PLAIN)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for _ in range(3):
        table.add_column(no_wrap=True, overflow="ellipsis")
    for one in comparison.runs:
        estimator = one.run.setting("algorithm.adv_estimator") or ""
        seed = one.run.setting("data.seed")
        cells = (one.label, str(estimator), "" if seed is None else f"seed {seed}")
        table.add_row(one.letter, *map(Text, (*cells, f"{one.state}, {one.steps}")))
    return table


def _print_settings(comparison: Comparison, console: Console) -> None:
    if not comparison.settings:
        console.print("\nNo setting differs.", highlight=False)
        return
    console.print()
    table = Table(**_PLAIN)
    table.add_column("settings that differ", overflow="fold")
    for one in comparison.runs:
        table.add_column(
            one.letter, overflow="ellipsis", max_width=_value_width(comparison, console)
        )
    for each in comparison.settings[:_SETTINGS]:
        table.add_row(Text(setting(each)), *(Text(written(value)) for value in each.values))
    console.print(table)
    if (more := len(comparison.settings) - _SETTINGS) > 0:
        console.print(f"and {more} more, on the page and in --json.", **_NOTE)


def _value_width(comparison: Comparison, console: Console) -> int:
    return max(6, (console.width - 34) // len(comparison.runs) - 2)


def _print_measures(comparison: Comparison, console: Console) -> None:
    steps = comparison.steps
    title = f"steps {steps[0]} to {steps[-1]}" if steps else "no common step"
    fitting = max(1, (console.width - 36) // 11)
    for begin in range(0, len(comparison.runs), fitting):
        places = range(begin, min(begin + fitting, len(comparison.runs)))
        console.print()
        table = Table(**_PLAIN)
        table.add_column(title, no_wrap=True)
        for place in places:
            table.add_column(comparison.runs[place].letter, justify="right", no_wrap=True)
        section = ""
        for each in comparison.measures:
            if each.section == "verdicts" != section:
                table.add_row("verdicts on training rollouts")
            section = each.section
            name = f"  {each.name}" if section == "verdicts" else each.name
            table.add_row(name, *(each.text(place) for place in places))
        console.print(table)


def _print_source(comparison: Comparison, source: str, console: Console) -> None:
    console.print(f"\n{source}, held-out", style="bold", highlight=False, markup=False)
    if comparison.over_seeds:
        console.print(_arms(comparison, source))
        console.print()
    if comparison.ks(source):
        console.print(_table(comparison, source))
    console.print(how(comparison, source), **_NOTE)


def _table(comparison: Comparison, source: str) -> Table:
    """Every run's last common pass@k, its difference to the first run, and that over all steps."""
    minus = f"minus {comparison.runs[0].letter}, points [95%]"
    table = _of_rates("pass@k [95%]", minus, f"mean over steps, {minus}")
    for k in comparison.ks(source):
        name = f"pass@{k}"
        for row in rows(comparison, source, k):
            cells = [row.letter, str(row.step), within(row.rate)]
            if row.minus:
                cells += [points(row.minus), points(row.over) if row.over else "n/a"]
            table.add_row(name, *map(Text, cells))
            name = ""
    return table


def _arms(comparison: Comparison, source: str) -> Table:
    """The mean of each arm over its seeds, and its difference to the first arm."""
    table = _of_rates("mean over seeds [95%]", f"minus {comparison.arm_name(0)}, points [95%]")
    shown = 0
    for each in comparison.over_seeds:
        if each.source == source:
            less = points(each.differences[-1]) if each.differences else ""
            name = f"pass@{each.k}" if each.k != shown else ""
            shown = each.k
            cells = (
                comparison.arm_name(each.arm),
                str(each.steps[-1]),
                within(each.means[-1]),
                less,
            )
            table.add_row(name, *map(Text, cells))
    return table


def _of_rates(*headings: str) -> Table:
    table = Table(**{**_PLAIN, "padding": (0, 1, 0, 0)})
    for name in ("", "", "step", *headings):
        table.add_column(name, justify="right" if name == "step" else "left")
    return table
