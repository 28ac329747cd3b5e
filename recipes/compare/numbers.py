"""The numbers of a comparison for programs; null where one is unknown."""

from __future__ import annotations

from math import isnan
from typing import Any

from ..held_out.intervals import Interval
from ..runs.listing import planned
from .comparison import Comparison
from .differences import AtK, Difference
from .words import caution


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Everything that the page shows; shares as fractions of 1, differences run less first run."""
    return {
        "runs": [
            {
                "letter": one.letter,
                "path": str(one.run.path),
                "state": one.state,
                "estimator": one.run.setting("algorithm.adv_estimator"),
                "seed": one.run.setting("data.seed"),
                "step": one.last_step,
                "planned": planned(one.run),
                "notices": [notice.as_row() for notice in one.run.notices],
            }
            for one in comparison.runs
        ],
        "held_out": {source: _source(comparison, source) for source in comparison.sources},
        "arms": [[comparison.runs[i].letter for i in arm.runs] for arm in comparison.arms],
        "over_seeds": [
            {
                "arm": each.arm,
                "source": each.source,
                "k": each.k,
                "step": each.steps[-1],
                "mean": _interval(each.means[-1]),
                "difference": _interval(each.differences[-1]) if each.differences else None,
                "paired": each.paired,
            }
            for each in comparison.over_seeds
        ],
        "settings": [{"keys": each.keys, "values": each.values} for each in comparison.settings],
        "measures": [
            {
                "section": each.section,
                "name": each.name,
                "metric": each.metric,
                "values": each.values,
            }
            for each in comparison.measures
        ],
        "measured_over_steps": comparison.steps,
        "caution": caution(comparison),
    }


def _source(comparison: Comparison, source: str) -> dict[str, Any]:
    ks = comparison.ks(source) or [1]
    return {
        "rates": {
            one.letter: {
                f"pass@{k}": [{"step": s, **_interval(i)} for s, i in found.curve(k)] for k in ks
            }
            for one in comparison.runs
            if (found := one.held_out.get(source))
        },
        "differences": [_difference(each) for each in comparison.of(source)],
    }


def _difference(each: Difference) -> dict[str, Any]:
    return {
        "run": each.letter,
        "base": each.base,
        "paired": each.paired,
        "why_not_paired": each.why_not or None,
        "clustered_by_problem": each.by_problem,
        **{f"pass@{at.k}": _at(at) for at in each.at},
    }


def _at(at: AtK) -> dict[str, Any]:
    return {
        "last": {"step": at.steps[-1], **_interval(at.last)},
        "mean_over_steps": _interval(at.over_time) if at.over_time else None,
        "means": dict(zip(("run", "base"), at.mean, strict=True)) if at.mean else None,
        "curve": [{"step": s, **_interval(i)} for s, i in zip(at.steps, at.curve, strict=True)],
    }


def _interval(interval: Interval) -> dict[str, float | None]:
    return {
        "value": interval.value,
        "low": None if isnan(interval.low) else interval.low,
        "high": None if isnan(interval.high) else interval.high,
    }
