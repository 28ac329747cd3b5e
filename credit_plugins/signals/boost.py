"""Entropy boost, HICRA's other form: planning tokens get a higher entropy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..batch import CreditBatch
from ..options import Options, number
from ..stats import masked_mean, widen
from ..types import SignalOperator


@dataclass(frozen=True)
class BoostConfig(Options):
    """Options of ``algorithm.credit.boost``."""

    gamma: float = number(0.3, 0.0, 10.0)


def boost(*, gamma: float = 0.3) -> SignalOperator:
    """Raise the signal of planning tokens by a share of their completion's mean.

    ``S'_t = S_t + gamma * mean(S)`` on planning tokens, ``S_t`` elsewhere.

    Before GTPO it gives planning tokens what execution tokens lose: the completion keeps its sum of
    advantages, whereas the advantage form (``hicra``) pays for every planning phrase. SEPA's
    pooling keeps mean(S) and planning tokens, so the two commute. gamma=0 is the identity.
    Degenerate: no planning token, or a signal of 0 throughout, changes nothing; a completion that
    only plans is raised evenly, which GTPO does not see.

    Args:
        gamma: 0 to 10.

    Reference:
        The entropy form in the SEPA author's textpolicy, where the mean is over the microbatch and
        gamma is 0.3; not in the HICRA paper, arXiv 2509.03646.

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"planning_BT": torch.tensor([[0, 1, 0]])})
    >>> boost(gamma=0.5)(torch.tensor([[1.0, 3.0, 2.0]]), row)
    tensor([[1., 4., 2.]])
    """
    return partial(_boost, gamma=gamma)


def _boost(signal_BT: Tensor, batch: CreditBatch, *, gamma: float) -> Tensor:
    signal_BT = widen(signal_BT)
    raised_BT = signal_BT + gamma * masked_mean(signal_BT, batch.mask_BT)
    kept_BT = torch.where(batch.mask_BT, signal_BT, 0.0)
    return torch.where(batch.planning_BT, raised_BT, kept_BT)
