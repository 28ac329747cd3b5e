"""Write `report.html`: one page with everything inside it, readable offline and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..held_out import HeldOut, display, held_out
from ..page import template
from ..runs import Run, load
from .curves import curves
from .facts import command, facts, files, settings
from .headline import headline
from .numbers import cell, change_cell
from .panels import PANELS
from .remarks import remarks
from .samples import samples
from .table import NO_VALIDATION, before_after, counts_note, meaning, nonfinite_steps

_TEMPLATE = Path(__file__).parent / "page.html"


def build(run_dir: str | Path) -> Path:
    """Write `run_dir/report.html` from the run's metrics, dumps, config and record.

    The page states what was run and what was measured. A sentence takes the place of a panel whose
    metrics the run did not log, so there is a page for any estimator, with validation or without.

    Returns:
        The page's path.

    Raises:
        RunError: the folder holds no metrics file.
    """
    run = load(run_dir)
    out = run.path / "report.html"
    out.write_text(_page(run), encoding="utf-8")
    return out


def _page(run: Run) -> str:
    sources = list(held_out(run).values())
    return template(_TEMPLATE).render(
        title=f"{run.path.parent.name} / {run.path.name}",
        headline=headline(run),
        nonfinite=nonfinite_steps(run),
        notices=run.notices,
        remarks=remarks(run),
        facts=facts(run, [source.source for source in sources]),
        command=command(run),
        overrides=run.record.get("overrides", []),
        numbers=list(settings(run.setting("algorithm.credit") or {})),
        files=files(run),
        tables=[_table(source) for source in sources],
        no_validation=NO_VALIDATION,
        panels=[
            *(p for one in sources for p in curves(one.logged, named=len(sources) > 1)),
            *(panel(run) for panel in PANELS),
        ],
        samples=samples(run),
    )


def _table(source: HeldOut) -> dict[str, Any]:
    logged = source.logged
    rows = [
        (display(row), [one for k in logged.ks for one in _cells(source, row, k)])
        for row in logged.rows
    ]
    note = " ".join([counts_note(logged), *meaning(source)])
    size = "few" if len(logged.ks) < 3 else "some" if len(logged.ks) < 5 else "many"
    known = {"source": source.source, "span": logged.span, "ks": logged.ks, "size": size}
    return {**known, "rows": rows, "note": note}


def _cells(source: HeldOut, row: str, k: int) -> list[tuple[str, str, str]]:
    """Label, value and interval of before, after and change."""
    before, after, changed = before_after(source, row, k)
    return [
        (f"pass@{k} before", *cell(before)),
        (f"pass@{k} after", *cell(after)),
        ("change", *change_cell(changed)),
    ]
