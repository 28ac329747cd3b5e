"""SEPA, selective entropy pooling with annealing: execution tokens share their mean entropy."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batch import PLANNING, CreditBatch
from ..metrics import Metric, Report
from ..operator import SCOPES, signal_operator
from ..options import choice, number

ANNEALED = {"schedule": "linear", "start": 0.0, "end": 1.0, "steps": 100, "delay": 10, "gate": 0.1}
MODES = {
    "pool": lambda signal_BT, mean_B1, lam: (mean_B1 - signal_BT).mul_(lam),
    "one_sided": lambda signal_BT, mean_B1, lam: -lam * (signal_BT - mean_B1).clamp(min=0),
    "amplify": lambda signal_BT, mean_B1, lam: lam * (signal_BT - mean_B1),
    "amplify_clamped": lambda signal_BT, mean_B1, lam: (
        (signal_BT + lam * (signal_BT - mean_B1)).clamp(min=0) - signal_BT
    ),
}
"""What each mode adds to the signal of an execution token."""


def _declared(part: str, stat: str, suffix: str) -> Metric:
    tokens = {"exec": "execution tokens", "plan": "planning tokens"}[part]
    what = {"mean": "mean", "var": "variance within completions"}[stat]
    after = " after SEPA" if suffix else ""
    unit = "nats" if stat == "mean" else "nats^2"
    name = f"{{signal}}/{part}_{stat}{suffix}"
    return Metric(name, f"{what} of the signal on {tokens}{after}", unit, panel="signal")


METRICS = {
    (part, stat, suffix): _declared(part, stat, suffix)
    for part in ("exec", "plan")
    for stat in ("mean", "var")
    for suffix in ("", "_sepa")
}


@signal_operator(
    reads=PLANNING,
    scope=lambda numbers: numbers["scope"],
    neutral={"lam": 0.0},
    metrics=tuple(METRICS.values()),
)
def sepa(
    signal_BT: Tensor,
    batch: CreditBatch,
    *,
    lam: float = number(ANNEALED, 0.0, 1.0),
    mode: str = choice("pool", tuple(MODES)),
    scope: str = choice("completion", SCOPES),
) -> Tensor:
    """Pool the signal of execution tokens.

    Planning tokens keep ``S_t``; an execution token moves towards the mean ``mu``, or away from it:

    - pool: ``lam * mu + (1 - lam) * S_t``
    - one_sided: ``S_t - lam * max(S_t - mu, 0)``
    - amplify: ``(1 + lam) * S_t - lam * mu``
    - amplify_clamped: ``max(0, (1 + lam) * S_t - lam * mu)``

    lam=0 is the identity. Per completion, pool and amplify keep the mean over execution tokens and
    over all tokens, and scale the execution variance by (1-lam)^2 and (1+lam)^2. Hence GTPO after
    them gives every planning token exactly the weight it had before: they move credit among
    execution tokens only. one_sided lowers the mean, so planning tokens gain; amplify_clamped
    raises it, so they lose.
    Degenerate: without an execution token in scope nothing changes; without a planning token every
    token is pooled.

    Args:
        lam: 0 to 1; by default it follows a schedule, so a direct call has to name it.
        mode: see above.
        scope: ``mu`` is over the execution tokens of the completion, of its group or of the batch,
            each token counting once.

    Reference:
        The project's seed essay, "Why MaxRL alone is not enough" (2026-02-14); one_sided is ours.

    >>> import torch
    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"planning_BT": torch.tensor([[0, 1, 0]])})
    >>> sepa(torch.tensor([[1.0, 4.0, 3.0]]), row, lam=0.5)
    tensor([[1.5000, 4.0000, 2.5000]])
    >>> sepa(torch.tensor([[1.0, 4.0, 3.0]]), row, lam=0.5, mode="one_sided")
    tensor([[1.0000, 4.0000, 2.5000]])
    """
    part_BT = signal_BT * batch.planning_BT
    planned = _sums(part_BT)
    torch.sub(signal_BT, part_BT, out=part_BT)  # now of execution, in memory that is in the cache
    executed = _sums(part_BT)
    count_B1 = batch.length_B1 - batch.planning_length_B1
    mean_B1 = batch.mean_of(executed[0][:, None], count_B1, scope)
    shift_BT = MODES[mode](signal_BT, mean_B1, lam)
    edited_BT = torch.addcmul(signal_BT, batch.execution_BT, shift_BT, out=part_BT)
    counts = (count_B1[:, 0], batch.planning_length_B1[:, 0])
    batch.report_rows(_metrics, *counts, *executed, *_sums(edited_BT), *planned)
    return edited_BT


def _sums(x_BT: Tensor) -> tuple[Tensor, Tensor]:
    """Sum and sum of squares of each row."""
    return x_BT.sum(1), torch.linalg.vector_norm(x_BT, dim=1) ** 2


def _metrics(
    report: Report,
    executing_B: Tensor,
    planning_B: Tensor,
    before_B: Tensor,
    before_squares_B: Tensor,
    after_B: Tensor,
    after_squares_B: Tensor,
    plan_B: Tensor,
    plan_squares_B: Tensor,
) -> None:
    """Mean, and squared distance to each row's own mean, which pooling scales exactly."""
    sums = {
        ("exec", ""): (executing_B, before_B, before_squares_B),
        ("exec", "_sepa"): (executing_B, after_B - plan_B, after_squares_B - plan_squares_B),
        ("plan", ""): (planning_B, plan_B, plan_squares_B),
        ("plan", "_sepa"): (planning_B, plan_B, plan_squares_B),
    }
    for (part, suffix), (count_B, mass_B, squares_B) in sums.items():
        spread_B = (squares_B - mass_B**2 / count_B.clamp(min=1)).clamp(min=0)
        report(METRICS[part, "mean", suffix], mass_B.sum(), count_B.sum())
        report(METRICS[part, "var", suffix], spread_B.sum(), count_B.sum())
