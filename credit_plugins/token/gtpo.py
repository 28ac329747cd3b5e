"""GTPO, multiplicative form: uncertain tokens get more of the advantage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..batch import CreditBatch
from ..options import Options, choice, number
from ..stats import masked_mean, widen
from ..types import TokenOperator

FLOOR = 1e-7
"""Nats; a completion whose mean signal is below it carries no information and weighs uniformly."""

EPS = 1e-8
SLOPE = {"same": 1.0, "inverse": -1.0, "off": 0.0}
"""Slope of the weights where the advantage is negative, in units of beta."""


@dataclass(frozen=True)
class GtpoConfig(Options):
    """Options of ``algorithm.credit.gtpo``.

    beta stops at 1: above it the clamp at 0 fires and the mean weight is no longer 1.
    """

    beta: float = number(0.1, 0.0, 1.0)
    signal: str = choice("entropy", ("entropy", "surprisal"))
    negative: str = choice("same", tuple(SLOPE))

    @property
    def signal_key(self) -> str:
        """Name of the signal in ``CreditBatch.signals``."""
        return f"{self.signal}_BT"


def gtpo(*, beta: float = 0.1, signal: str = "entropy", negative: str = "same") -> TokenOperator:
    """Weigh each token's advantage by its uncertainty relative to its completion.

    ``A'_t = A_t * w_t``, ``w_t = max(0, 1 + beta * (S_t / mean(S) - 1))``

    Where ``A_t < 0``: "same" uses the same weight, so uncertain tokens are punished most; "inverse"
    uses ``-beta``, so confident ones are, as in the additive form but without its unbounded 1/S;
    "off" uses 1.

    Keeps the sign of A; the mean weight of a completion is 1 (under "inverse" above 1 where the
    clamp fires, at ``S_t > (1 + 1/beta) mean(S)``). beta=0 is the identity. Commutes with HICRA.
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
    >>> gtpo(beta=0.5)(torch.ones(1, 3), row)
    tensor([[0.5000, 1.0000, 1.5000]])
    >>> gtpo(beta=0.5, negative="inverse")(-torch.ones(1, 3), row)
    tensor([[-1.5000, -1.0000, -0.5000]])
    """
    return partial(apply_gtpo, beta=beta, negative_beta=SLOPE[negative] * beta, key=f"{signal}_BT")


def apply_gtpo(
    adv_BT: Tensor, batch: CreditBatch, *, beta: float, negative_beta: float, key: str
) -> Tensor:
    """``gtpo`` with the beta of each sign."""
    weights = partial(gtpo_weights, batch.signal(key), batch.mask_BT)
    weight_BT = weights(beta=beta)
    if negative_beta != beta:
        weight_BT = torch.where(adv_BT < 0, weights(beta=negative_beta), weight_BT)
    return torch.where(batch.mask_BT, adv_BT * weight_BT, 0.0)


def gtpo_weights(signal_BT: Tensor, mask_BT: Tensor, *, beta: float) -> Tensor:
    """The weights ``w_BT`` of ``gtpo``, 0 where masked."""
    mean_B1 = masked_mean(signal_BT, mask_BT)
    weight_BT = 1 + beta * (widen(signal_BT) / (mean_B1 + EPS) - 1)
    weight_BT = torch.where(mean_B1 < FLOOR, 1.0, weight_BT.clamp(min=0))
    return torch.where(mask_BT, weight_BT, 0.0)
