"""SEPA, selective entropy pooling with annealing: execution tokens share their mean entropy."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batch import PLANNING, CreditBatch
from ..metrics import Metric
from ..operator import SCOPES, signal_operator
from ..options import choice, number

ANNEALED = {"schedule": "linear", "start": 0.0, "end": 1.0, "steps": 100, "delay": 10, "gate": 0.1}
MODES = {
    "pool": lambda signal_BT, mean_B1, lam: lam * (mean_B1 - signal_BT),
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
    on_planning_BT = signal_BT * batch.planning_BT
    on_execution_BT = signal_BT - on_planning_BT
    count_B1 = batch.length_B1 - batch.planning_length_B1
    mean_B1 = batch.mean_of(on_execution_BT.sum(1, keepdim=True), count_B1, scope)
    shift_BT = MODES[mode](signal_BT, mean_B1, lam)
    edited_BT = signal_BT.addcmul(batch.execution_BT, shift_BT)
    if batch.recorder is not None:
        parts = {"": on_execution_BT, "_sepa": edited_BT - on_planning_BT}
        for suffix, x_BT in parts.items():
            _report(batch, "exec", suffix, _moments(x_BT, count_B1))
        planning = _moments(on_planning_BT, batch.planning_length_B1)
        for suffix in parts:
            _report(batch, "plan", suffix, planning)
    return edited_BT


def _moments(x_BT: Tensor, count_B1: Tensor) -> Tensor:
    """Count, sum, and squared distance to each row's own mean, which pooling scales exactly."""
    count_B, mass_B = count_B1[:, 0], x_BT.sum(1)
    squares_B = torch.linalg.vector_norm(x_BT, dim=1) ** 2
    spread_B = (squares_B - mass_B**2 / count_B.clamp(min=1)).clamp(min=0)
    return torch.stack([count_B, mass_B, spread_B]).sum(1)


def _report(batch: CreditBatch, part: str, suffix: str, moments: Tensor) -> None:
    count, mass, spread = moments.tolist()
    batch.report(METRICS[part, "mean", suffix], mass, count)
    batch.report(METRICS[part, "var", suffix], spread, count)
