"""The detector finds no planning token, so what depends on planning does nothing or too much."""

from __future__ import annotations

from .finding import Facts, Finding, Means

PLANNING = "credit/planning_ratio"
EFFECTS = {
    "sepa": "SEPA pools every token of a completion",
    "hicra": "HICRA amplifies none",
    "boost": "boost raises none",
}


def _seen(facts: Facts, _: Means) -> list[str]:
    return [" and ".join(EFFECTS.get(name, f"{name} reads none") for name in facts.planners) + "."]


def _change(_: Facts, __: Means) -> list[str]:
    return [
        "Name phrases that this model writes (algorithm.credit.planning.phrases), mine them from "
        "its rollouts (verl-credit mine-grams, then algorithm.credit.planning.grams), or choose "
        "another detector (algorithm.credit.planning.detector: semantic or entropy_quantile)."
    ]


NO_PLANNING = Finding(
    key="no_planning",
    applies=lambda facts: bool(facts.planners),
    holds=lambda _, __, metrics: metrics.get(PLANNING, 1.0) == 0.0,
    title="No token was found to be a planning token",
    seen=_seen,
    change=_change,
)
