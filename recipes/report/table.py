"""The before/after table, for the terminal."""

from __future__ import annotations

from math import isnan, nan
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..held_out import MEAN, HeldOut, Interval, Validations, change, display, held_out
from ..runs import Run, load
from ..runs.notices import say
from .headline import headline
from .numbers import cell, change_cell


def print_table(run_dir: str | Path, console: Console) -> None:
    """Print what came of a run: a sentence, held-out pass@1 and pass@max, what the run says.

    Raises:
        RunError: the folder holds no metrics file.
    """
    run = load(run_dir)
    found = list(held_out(run).values())
    for sentence in headline(run):
        console.print(sentence, style="bold", highlight=False, markup=False)
    if not found:
        console.print(NO_VALIDATION, style="dim")
    for source in found:
        # Not the table's own title, which wraps at the width of the table.
        title = f"{source.source}: held-out, {source.logged.span}, percent solved"
        console.print(title, style="italic", highlight=False, markup=False)
        console.print(_table(source))
        console.print(counts_note(source.logged), style="dim", highlight=False)
    if notes := dict.fromkeys(note for source in found for note in meaning(source)):
        console.print(" ".join(notes), style="dim", highlight=False)
    if bad := nonfinite_steps(run):
        console.print(f"Non-finite values reached the estimator at steps {bad}.", style="bold red")
    for notice in run.notices:
        say(notice.text(), console)


NO_VALIDATION = (
    "This run logged no held-out validation (no val-credit/* metrics), "
    "so there is nothing to compare before and after."
)


def nonfinite_steps(run: Run) -> list[int]:
    """Steps at which the estimator saw non-finite values."""
    return [step for step, count in zip(*run.series("credit/nonfinite"), strict=True) if count]


def counts_note(held_out: Validations) -> str:
    """How many problems and samples the numbers come from."""
    problems = _problems(held_out)
    if any(map(isnan, problems)):
        return "The number of held-out problems was not logged."
    samples = held_out.ks[-1]
    per = " per difficulty" if held_out.difficulties else ""
    each = f"{samples} samples each" if samples > 1 else "1 sample each"
    return f"Held-out problems{per}: {_span(problems)}, {each}."


def interval_note(held_out: Validations) -> str:
    """What the numbers in brackets mean."""
    if any(map(isnan, _problems(held_out))):
        return "Without that number no interval is given; read small changes with care."
    return (
        "In brackets: 95% interval from drawing these problems and samples (pass@1: clustered by "
        "problem; larger k: as if each problem were one draw)."
    )


def meaning(source: HeldOut) -> list[str]:
    """What the numbers in brackets mean, of before, after and change, in sentences."""
    note = interval_note(source.logged)
    if any(map(isnan, _problems(source.logged))):
        return [note]
    paired = (
        "Changes are paired by problem."
        if source.problems
        else f"Of {source.source} no outcomes of single problems were kept, so intervals of "
        "changes are wider than they need be."
    )
    return [note, paired, "How much other training seeds would differ is not in them."]


def before_after(source: HeldOut, row: str, k: int) -> tuple[Interval, Interval, Interval]:
    """The first and the last validation of a cell and their difference; nan where missing."""
    first, last = source.steps[0], source.steps[-1]
    before = source.logged.interval(first, row, k)
    changed = change(source, row, k)
    if changed is None:
        return before, Interval(nan), Interval(nan)
    return before, source.logged.interval(last, row, k), changed.interval


def _problems(held_out: Validations) -> list[float]:
    return [held_out.counts(level)[0] for level in held_out.difficulties or [MEAN]]


def _span(counts: list[float]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"


def _table(source: HeldOut) -> Table:
    # Two k and their intervals fit into the 80 columns of a plain terminal or a log.
    logged, ks = source.logged, sorted({source.logged.ks[0], source.logged.ks[-1]})
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("level", no_wrap=True)
    for k in ks:
        for heading in (f"pass@{k} before", "after", "change"):
            table.add_column(heading, justify="right", no_wrap=True)
    for row in logged.rows:
        cells = []
        for k in ks:
            before, after, changed = before_after(source, row, k)
            cells += [bracketed(before), bracketed(after), change_cell(changed)[0]]
        table.add_row(display(row), *cells, style="bold" if row == MEAN else "")
    return table


def bracketed(interval: Interval) -> str:
    """55.3 [51-60]."""
    value, spread = cell(interval)
    return f"{value} [{spread}]" if spread else value
