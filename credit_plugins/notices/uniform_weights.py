"""GTPO's weights are the same for every token although beta is not 0: the signal is flat."""

from __future__ import annotations

from .finding import Facts, Finding, Means
from .no_planning import PLANNING

COSINE = "credit/weight/cosine"
LAMBDA = "credit/sepa/lam"
# 1 - cosine is beta^2 times half the squared coefficient of variation of the signal, so a small
# beta is near uniform by choice; what is judged is the signal, as if beta were 1.
TOLERANCE = 1e-3
POOLED = 0.5


def _holds(facts: Facts, _: int, metrics: Means) -> bool:
    return 1.0 - metrics.get(COSINE, 0.0) <= TOLERANCE * facts.beta**2


def _lam(facts: Facts, means: Means) -> float:
    return means.get(LAMBDA, facts.lam)


def _seen(facts: Facts, means: Means) -> list[str]:
    found = [f"their cosine to uniform was {means[COSINE]:.6f} at beta={facts.beta:g}."]
    if (lam := _lam(facts, means)) > POOLED:
        none = " and no token was planning" if means.get(PLANNING) == 0.0 else ""
        found.append(f"lambda was {lam:.2f}{none}, so SEPA had made the signal flat.")
    else:
        found.append("the signal was the same at every token of a completion.")
    return found


def _change(facts: Facts, means: Means) -> list[str]:
    if _lam(facts, means) > POOLED:
        return [
            "Let some tokens be planning tokens (algorithm.credit.planning: phrases, mined grams, "
            "or another detector), or keep lambda below 1 (algorithm.credit.sepa.lam="
            "0.5, or a schedule with end: 0.5). A larger beta changes nothing while the signal is "
            "flat."
        ]
    return [
        "Look at credit/entropy/* in the metrics: a model that is certain of every token leaves "
        "GTPO nothing to weigh, whatever beta is. Raise actor_rollout_ref.rollout.temperature, or "
        "leave GTPO out (beta 0)."
    ]


UNIFORM_WEIGHTS = Finding(
    key="uniform_weights",
    applies=lambda facts: facts.beta > 0,
    holds=_holds,
    title="GTPO's weights were uniform, so it changed nothing",
    seen=_seen,
    change=_change,
)
