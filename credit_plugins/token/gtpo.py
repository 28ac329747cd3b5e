"""GTPO, multiplicative form: tokens where the model is uncertain get more of the advantage."""

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


@dataclass(frozen=True)
class GtpoConfig(Options):
    """Options of ``algorithm.credit.gtpo``.

    beta stops at 1: above it the clamp at 0 fires and the mean weight is no longer 1.
    """

    beta: float = number(0.1, 0.0, 1.0)
    signal: str = choice("entropy", ("entropy", "surprisal"))

    @property
    def signal_key(self) -> str:
        """Name of the signal in ``CreditBatch.signals``."""
        return f"{self.signal}_BT"


def gtpo(*, beta: float = 0.1, signal: str = "entropy") -> TokenOperator:
    """Weigh each token's advantage by its uncertainty relative to its completion.

    ``A'_t = A_t * w_t``, ``w_t = max(0, 1 + beta * (S_t / mean(S) - 1))``

    Keeps the sign of A; the mean weight of a completion is 1. beta=0 is the identity.
    Degenerate: one token, or a mean signal below 1e-7, weighs 1; no token gives no weight.

    Args:
        beta: 0 to 1.
        signal: ``entropy`` or ``surprisal``.

    Reference:
        Multiplicative form as used with SEPA; after Tan et al., GTPO and GRPO-S, arXiv 2508.04349,
        whose own form is additive.

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"entropy_BT": torch.tensor([[0.0, 1.0, 2.0]])})
    >>> gtpo(beta=0.5)(torch.ones(1, 3), row)
    tensor([[0.5000, 1.0000, 1.5000]])
    """
    return partial(_gtpo, beta=beta, key=f"{signal}_BT")


def _gtpo(adv_BT: Tensor, batch: CreditBatch, *, beta: float, key: str) -> Tensor:
    weight_BT = gtpo_weights(batch.signal(key), batch.mask_BT, beta=beta)
    return torch.where(batch.mask_BT, adv_BT * weight_BT, 0.0)


def gtpo_weights(signal_BT: Tensor, mask_BT: Tensor, *, beta: float) -> Tensor:
    """The weights ``w_BT`` of ``gtpo``, 0 where masked."""
    mean_B1 = masked_mean(signal_BT, mask_BT)
    weight_BT = 1 + beta * (widen(signal_BT) / (mean_B1 + 1e-8) - 1)
    weight_BT = torch.where(mean_B1 < FLOOR, 1.0, weight_BT.clamp(min=0))
    return torch.where(mask_BT, weight_BT, 0.0)
