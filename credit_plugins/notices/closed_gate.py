"""Lambda is still 0 because SEPA's gate has not opened."""

from __future__ import annotations

from .dead_run import CORRECT_RATE, DEAD_RUN
from .finding import Facts, Finding, Means, percent

GATE = "credit/sepa/lam_gate"


def _holds(facts: Facts, step: int, metrics: Means) -> bool:
    # A dead run keeps the gate closed too, and says so by itself.
    dead = DEAD_RUN.holds(facts, step, metrics)
    return step > facts.delay and metrics.get(GATE, 1.0) == 0.0 and not dead


def _seen(facts: Facts, means: Means) -> list[str]:
    return [
        f"the gate wants {percent(facts.gate)} of one batch correct "
        f"(algorithm.credit.sepa.lam.gate={facts.gate:g}); on average "
        f"{percent(means.get(CORRECT_RATE, 0.0))} were."
    ]


def _change(_: Facts, __: Means) -> list[str]:
    return [
        "Lower algorithm.credit.sepa.lam.gate (0 means no gate), or let more rollouts be correct: "
        "easier tasks, or a stronger model to start from."
    ]


CLOSED_GATE = Finding(
    key="closed_gate",
    applies=lambda facts: facts.gate > 0,
    holds=_holds,
    title="SEPA's lambda stayed at 0 behind its gate",
    seen=_seen,
    change=_change,
)
