"""One validation by itself: pass@k per difficulty, for the terminal and for programs."""

from __future__ import annotations

from math import isnan
from typing import Any

from rich.console import Console
from rich.table import Table

from ..errors import RunError
from ..held_out.validation import MEAN, Validations, display, validations
from ..runs import Run
from .table import bracketed, counts_note, interval_note

_MAX_COLUMNS = 4  # of pass@k with their errors, in the 80 columns of a plain terminal


def print_evaluation(run: Run, console: Console) -> None:
    """Print pass@k of the last validation of a run, a table per environment.

    Raises:
        RunError: there is no validation.
    """
    found = _found(run)
    for held_out in found:
        title = f"{held_out.source}: percent solved"
        console.print(title, style="italic", highlight=False, markup=False)
        console.print(_table(held_out))
        console.print(counts_note(held_out), style="dim", highlight=False)
    for note in dict.fromkeys(map(interval_note, found)):
        console.print(note, style="dim", highlight=False)


def evaluation(run: Run) -> dict[str, Any]:
    """The numbers of the same tables, for JSON; null where an error or 95% interval is unknown.

    Returns:
        Source -> ``problems``, ``samples``, ``pass@k`` as {"k": {"value", "error", "interval"}},
        and ``difficulties``, the same for each but ``samples``; {} for a source without.

    Raises:
        RunError: there is no validation.
    """
    return {
        held_out.source: {
            **_row(held_out, MEAN),
            "problems": _total(held_out),
            "samples": held_out.ks[-1],
            "difficulties": {display(row): _row(held_out, row) for row in held_out.difficulties},
        }
        for held_out in _found(run)
    }


def _found(run: Run) -> list[Validations]:
    found = validations(run)
    if not found:
        raise RunError(f"No validation was logged in {run.path}; its train.log says why.")
    return found


def _row(held_out: Validations, row: str) -> dict[str, Any]:
    step = held_out.steps[-1]
    rates = {}
    for k in held_out.ks:
        found = held_out.interval(step, row, k)
        rates[str(k)] = {
            "value": found.value,
            "error": _known(held_out.error(step, row, k)),
            "interval": [found.low, found.high] if found.is_known else None,
        }
    return {"problems": _problems(held_out, row), "pass@k": rates}


def _problems(held_out: Validations, row: str) -> int | None:
    count = _known(held_out.counts(row)[0])
    return None if count is None else round(count)


def _total(held_out: Validations) -> int | None:
    counts = [_problems(held_out, row) for row in held_out.difficulties or [MEAN]]
    return None if None in counts else sum(count or 0 for count in counts)


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _table(held_out: Validations) -> Table:
    step, ks = held_out.steps[-1], held_out.ks
    if len(ks) > _MAX_COLUMNS:
        ks = [*ks[: _MAX_COLUMNS - 1], ks[-1]]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("level", no_wrap=True)
    for k in ks:
        table.add_column(f"pass@{k}", justify="right", no_wrap=True)
    # The mean over one difficulty is that difficulty.
    for row in held_out.rows if len(held_out.difficulties) > 1 else [MEAN]:
        cells = [bracketed(held_out.interval(step, row, k)) for k in ks]
        table.add_row(display(row), *cells, style="bold" if row == MEAN else "")
    return table
