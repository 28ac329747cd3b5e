"""The before/after table, for the terminal."""

from __future__ import annotations

from math import isnan
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..runs import Run, load
from ..runs.notices import say
from .validation import MEAN, Cell, Validations, display, validations


def print_table(run_dir: str | Path, console: Console) -> None:
    """Print held-out pass@1 and pass@max, first and last validation, and what the run says.

    Raises:
        RunError: the folder holds no metrics file.
    """
    run = load(run_dir)
    found = validations(run)
    if not found:
        console.print(NO_VALIDATION, style="dim")
    for held_out in found:
        console.print(_table(held_out))
        console.print(counts_note(held_out), style="dim", highlight=False)
    for note in dict.fromkeys(_meaning(held_out) for held_out in found):
        console.print(note, style="dim", highlight=False)
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


def shown_ks(held_out: Validations) -> list[int]:
    """The smallest and the largest k, which are all that a terminal has room for."""
    return sorted({held_out.ks[0], held_out.ks[-1]})


def _span(counts: list[float]) -> str:
    low, high = min(counts), max(counts)
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"


def sampling_note(held_out: Validations) -> str:
    """Say in plain words what was sampled and what the numbers after ± mean."""
    return f"{counts_note(held_out)} {_meaning(held_out)}"


def _problems(held_out: Validations) -> list[float]:
    return [held_out.counts(level)[0] for level in held_out.difficulties or [MEAN]]


def counts_note(held_out: Validations) -> str:
    """How many problems and samples the numbers come from."""
    if any(map(isnan, _problems(held_out))):
        return "The number of held-out problems was not logged."
    samples = held_out.ks[-1]
    per = " per difficulty" if held_out.difficulties else ""
    each = f"{samples} samples each" if samples > 1 else "1 sample each"
    return f"Held-out problems{per}: {_span(_problems(held_out))}, {each}."


def error_note(held_out: Validations) -> str:
    """What the numbers after ± mean."""
    if any(map(isnan, _problems(held_out))):
        return "Without that number no sampling error is given; read small changes with care."
    return (
        "± is one standard error from drawing these problems and samples (pass@1: clustered by "
        "problem; larger k: an upper bound)."
    )


def _meaning(held_out: Validations) -> str:
    note = error_note(held_out)
    if any(map(isnan, _problems(held_out))):
        return note
    return (
        f"{note} Before and after use the same problems, so the change "
        "is usually more certain than the two errors suggest; how much other training seeds "
        "would differ is not in it. Nothing on this page is a significance test."
    )


def number(value: float, error: float = float("nan")) -> str:
    """0.382 ± 0.021, or n/a for what is missing.

    The error is left out where it is unknown or 0: all samples agreeing is no proof of certainty.
    """
    if isnan(value):
        return "n/a"
    return f"{value:.3f} ± {error:.3f}" if error > 0 else f"{value:.3f}"


def signed(value: float) -> str:
    """+0.104, or n/a for what is missing."""
    return "n/a" if isnan(value) else f"{value:+.3f}"


def texts(cell: Cell) -> tuple[str, str, str]:
    """Before, after and change of a cell."""
    before, after = number(cell.before, cell.error_before), number(cell.after, cell.error_after)
    return before, after, signed(cell.change)


def _table(held_out: Validations) -> Table:
    # Two k and their errors fit into the 80 columns of a plain terminal or a log.
    title = f"{held_out.source}: held-out, {held_out.span}"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("level", no_wrap=True)
    for k in shown_ks(held_out):
        for heading in (f"pass@{k} before", "after", "change"):
            table.add_column(heading, justify="right", no_wrap=True)
    for row in held_out.rows:
        cells = [text for k in shown_ks(held_out) for text in texts(held_out.cell(row, k))]
        table.add_row(display(row), *cells, style="bold" if row == MEAN else "")
    return table
