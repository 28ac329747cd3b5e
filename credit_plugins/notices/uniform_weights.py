"""GTPO's weights are the same for every token although beta is not 0: the signal is flat."""

from __future__ import annotations

from .finding import Chain, Finding, Means
from .no_planning import PLANNING

COSINE = "credit/weight/cosine"
LAMBDA = "credit/lambda"
# 1 - cosine is beta^2 times half the squared coefficient of variation of the signal, so a small
# beta is near uniform by choice; what is judged is the signal, as if beta were 1.
TOLERANCE = 1e-3
POOLED = 0.5


def _holds(chain: Chain, _: int, metrics: Means) -> bool:
    return 1.0 - metrics.get(COSINE, 0.0) <= TOLERANCE * chain.beta**2


def _pooled(means: Means) -> bool:
    return means.get(LAMBDA, 0.0) > POOLED


def _seen(chain: Chain, means: Means) -> list[str]:
    found = [f"their cosine to uniform was {means[COSINE]:.6f} at beta={chain.beta:g}."]
    if _pooled(means):
        none = " and no token was planning" if means.get(PLANNING) == 0.0 else ""
        found.append(f"lambda was {means[LAMBDA]:.2f}{none}, so SEPA had made the signal flat.")
    else:
        found.append("the signal was the same at every token of a completion.")
    return found


def _change(_: Chain, means: Means) -> list[str]:
    if _pooled(means):
        return [
            "Let some tokens be planning tokens (algorithm.credit.planning: phrases, mined grams, "
            "or another detector), or keep lambda below 1 (algorithm.credit.sepa: schedule "
            "constant with a value such as 0.5). A larger beta changes nothing while the signal is "
            "flat."
        ]
    return [
        "Look at credit/entropy/* in the metrics: a model that is certain of every token leaves "
        "GTPO nothing to weigh, whatever beta is. Raise actor_rollout_ref.rollout.temperature, or "
        "leave GTPO out (beta 0)."
    ]


UNIFORM_WEIGHTS = Finding(
    key="uniform_weights",
    applies=lambda chain: chain.beta > 0,
    holds=_holds,
    title="GTPO's weights were uniform, so it changed nothing",
    seen=_seen,
    change=_change,
)
