"""GTPO, multiplicative form: uncertain tokens get more of the advantage."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batch import CreditBatch
from ..metrics import Metric, Report
from ..operator import token_operator
from ..options import choice, number

FLOOR = 1e-7
"""Nats; a completion whose mean signal is below it carries no information and weighs uniformly."""

EPS = 1e-8
SLOPE = {"same": 1.0, "inverse": -1.0, "off": 0.0}
"""Slope of the weights where the advantage is negative, in units of beta."""

MEAN = Metric("{signal}/all_mean", "mean of the signal that gtpo reads", "nats", panel="signal")
VARIANCE = Metric("{signal}/all_var", "its variance within completions", "nats^2", panel="signal")
LOW = Metric("weight/min", "smallest token weight", panel="weights", merge="min")
MIDDLE = Metric("weight/mean", "mean token weight", panel="weights")
HIGH = Metric("weight/max", "largest token weight", panel="weights", merge="max")
COSINE = Metric("weight/cosine", "cosine of a completion's weights to uniform", panel="weights")


@token_operator(
    reads=lambda numbers: (f"{numbers['signal']}_BT",),
    neutral={"beta": 0.0},
    metrics=(MEAN, VARIANCE, LOW, MIDDLE, HIGH, COSINE),
)
def gtpo(
    adv_BT: Tensor,
    batch: CreditBatch,
    *,
    beta: float = number(0.1, 0.0, 1.0),
    signal: str = choice("entropy", ("entropy", "surprisal")),
    negative: str = choice("same", tuple(SLOPE)),
) -> Tensor:
    """Give uncertain tokens more of the advantage.

    ``A'_t = A_t * w_t``, ``w_t = max(0, 1 + beta * (S_t / mean(S) - 1))``

    Where ``A_t < 0``: "same" uses the same weight, so uncertain tokens are punished most; "inverse"
    uses ``-beta``, so confident ones are, as in the additive form but without its unbounded 1/S;
    "off" uses 1.

    Keeps the sign of A; the mean weight of a completion is 1 (under "inverse" above 1 where the
    clamp fires, at ``S_t > (1 + 1/beta) mean(S)``). beta stops at 1, above which the clamp
    would fire under "same" too. beta=0 is the identity. Commutes with HICRA.
    Degenerate: every weight is 1 in a completion of one token or of a mean signal below 1e-7.

    Args:
        beta: 0 to 1.
        signal: ``entropy`` or ``surprisal``.
        negative: ``same``, ``inverse`` or ``off``.

    Reference:
        Multiplicative form as used with SEPA; after Tan et al., GTPO and GRPO-S, arXiv 2508.04349,
        whose own form is additive (``gtpo_paper``). "inverse" is ours.

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"entropy_BT": torch.tensor([[0.0, 1.0, 2.0]])})
    >>> gtpo(torch.ones(1, 3), row, beta=0.5)
    tensor([[0.5000, 1.0000, 1.5000]])
    >>> gtpo(-torch.ones(1, 3), row, beta=0.5, negative="inverse")
    tensor([[-1.5000, -1.0000, -0.5000]])
    """
    signal_BT = batch.signal(f"{signal}_BT")
    mean_B1 = batch.mean(signal_BT)
    strength = beta * (mean_B1 >= FLOOR).to(mean_B1.dtype)
    if negative != "same":
        strength = strength * torch.where(adv_BT < 0, SLOPE[negative], 1.0)
    lift_BT = (signal_BT * (strength / (mean_B1 + EPS))).addcmul_(batch.kept_BT, -strength)
    lift_BT.clamp_(min=-1.0)
    if batch.recorder is not None:
        sums = (batch.length_B1[:, 0], mean_B1[:, 0], _squares(signal_BT))
        low, high = lift_BT.aminmax() if lift_BT.numel() else (mean_B1.new_zeros(()),) * 2
        lifts = (lift_BT.sum(1), _squares(lift_BT), low[None], high[None])
        batch.report_rows(_metrics, *sums, *lifts)
    return torch.addcmul(adv_BT, adv_BT, lift_BT, out=lift_BT)  # memory that is in the cache


def _metrics(
    report: Report,
    length_B: Tensor,
    mean_B: Tensor,
    squares_B: Tensor,
    lift_B: Tensor,
    lift_squares_B: Tensor,
    low: Tensor,
    high: Tensor,
) -> None:
    """Of the signal, and of the weights ``1 + lift``; a masked slot has lift 0."""
    spoken_B, tokens = length_B > 0, length_B.sum()
    second_B = length_B + 2 * lift_B + lift_squares_B
    cosine_B = ((length_B + lift_B) / (length_B * second_B).sqrt())[spoken_B]
    report(MEAN, (mean_B * length_B).sum(), tokens)
    report(VARIANCE, (squares_B - length_B * mean_B**2).clamp(min=0).sum(), tokens)
    report(LOW, 1 + low.min(), tokens)
    report(MIDDLE, tokens + lift_B.sum(), tokens)
    report(HIGH, 1 + high.max(), tokens)
    report(COSINE, cosine_B.sum(), len(cosine_B))


def _squares(x_BT: Tensor) -> Tensor:
    """Sum of squares of each row, in one pass and to the precision of a metric."""
    squares_B: Tensor = torch.linalg.vector_norm(x_BT, dim=1) ** 2
    return squares_B
