"""Write the comparison as one HTML page with everything inside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..page import template
from .charts import charts
from .comparison import Comparison, One
from .rows import rows
from .words import caution, headline, how, points, share, within, written

_HERE = Path(__file__).parent


def page(comparison: Comparison, out: Path) -> None:
    """Write the page."""
    text = template(_HERE / "page.html").render(
        title=_title(comparison),
        headline=[
            f"{source}: {sentence}" if len(comparison.sources) > 1 else sentence
            for source in comparison.sources
            for sentence in headline(comparison, source)
        ],
        caution=caution(comparison),
        runs=[_run(one) for one in comparison.runs],
        letters=[one.letter for one in comparison.runs],
        base=comparison.runs[0].letter,
        within=within,
        points=points,
        share=share,
        notices=[(one.letter, notice) for one in comparison.runs for notice in one.run.notices],
        sources=[_source(comparison, source) for source in comparison.sources],
        settings=[(each.keys, [written(v) for v in each.values]) for each in comparison.settings],
        measures=list(_measures(comparison)),
        steps=comparison.steps,
    )
    out.write_text(text, encoding="utf-8")


def _run(one: One) -> dict[str, Any]:
    known = {
        "estimator": one.run.setting("algorithm.adv_estimator"),
        "seed": one.run.setting("data.seed"),
        "state": one.state,
        "steps": one.steps,
        "begun": str(one.run.record.get("created") or "")[:16].replace("T", " "),
    }
    cells = ["n/a" if value in (None, "") else str(value) for value in known.values()]
    return {"letter": one.letter, "label": one.label, "names": list(known), "cells": cells}


def _source(comparison: Comparison, source: str) -> dict[str, Any]:
    spans = {(at.steps[0], at.steps[-1]) for each in comparison.of(source) for at in each.at}
    (first, last), one = min(spans, default=(0, 0)), len(spans) == 1
    return {
        "name": source,
        "how": how(comparison, source),
        "step": f"step {last}" if one else "the last common step",
        "span": f"steps {first} to {last}" if one else "all common steps",
        "one_step": one,
        "rates": [(k, list(rows(comparison, source, k))) for k in comparison.ks(source)],
        "arms": [
            (k, arms) for k in comparison.ks(source) if (arms := _arms(comparison, source, k))
        ],
        "first_arm": comparison.arm_name(0),
        "charts": charts(comparison, source),
    }


def _arms(comparison: Comparison, source: str, k: int) -> list[dict[str, Any]]:
    return [
        {
            "name": comparison.arm_name(each.arm),
            "seeds": len(comparison.arms[each.arm].runs),
            "step": each.steps[-1],
            "mean": within(each.means[-1]),
            "less": points(each.differences[-1]) if each.differences else "",
            "pairs": "seeds paired" if each.paired else "seeds not paired",
        }
        for each in comparison.over_seeds
        if (each.source, each.k) == (source, k)
    ]


def _measures(comparison: Comparison) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Sections, each with its rows."""
    titles = {
        "time": "Time and tokens",
        "dose": "Dose",
        "verdicts": "Verdicts on training rollouts",
    }
    for section, title in titles.items():
        rows = [
            (each.name, [each.text(i) for i in range(len(comparison.runs))])
            for each in comparison.measures
            if each.section == section
        ]
        if rows:
            yield title, rows


def _title(comparison: Comparison) -> str:
    base, *others = comparison.runs
    others_named = others[0].label if len(others) == 1 else f"{len(others)} runs"
    return f"{others_named} against {base.label}"
