"""The detector finds no planning token, so what depends on planning does nothing or too much."""

from __future__ import annotations

from .finding import Chain, Finding, Means

PLANNING = "credit/planning_ratio"
EFFECTS = {
    "sepa": "SEPA pools every token of a completion",
    "hicra": "HICRA amplifies none",
    "boost": "boost raises none",
}


def _seen(chain: Chain, _: Means) -> list[str]:
    return [" and ".join(EFFECTS[name] for name in chain.planners) + "."]


def _change(_: Chain, __: Means) -> list[str]:
    return [
        "Name phrases that this model writes (algorithm.credit.planning.phrases), mine them from "
        "its rollouts (verl-credit mine-grams, then algorithm.credit.planning.grams), or choose "
        "another detector (algorithm.credit.planning.detector: semantic or entropy_quantile)."
    ]


NO_PLANNING = Finding(
    key="no_planning",
    applies=lambda chain: bool(chain.planners),
    holds=lambda _, __, metrics: metrics.get(PLANNING, 1.0) == 0.0,
    title="No token was found to be a planning token",
    seen=_seen,
    change=_change,
)
