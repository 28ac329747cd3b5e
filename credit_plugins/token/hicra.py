"""HICRA: planning tokens get a bonus in proportion to the advantage they carry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..batch import CreditBatch
from ..options import Options, number
from ..stats import widen
from ..types import TokenOperator


@dataclass(frozen=True)
class HicraConfig(Options):
    """Options of ``algorithm.credit.hicra``.

    alpha stops at 1: above it a negative advantage would turn positive.
    """

    alpha: float = number(0.2, 0.0, 1.0)


def hicra(*, alpha: float = 0.2) -> TokenOperator:
    """Amplify planning tokens.

    ``A'_t = A_t + alpha * |A_t|`` on planning tokens, ``A_t`` elsewhere: planning is rewarded more
    in right answers and punished less in wrong ones.

    Never flips a sign. Not zero-sum: it pays for planning phrases even in a group whose advantages
    cancel. alpha=0 is the identity.
    Degenerate: A=0, or no planning token, changes nothing.

    Args:
        alpha: 0 to 1.

    Reference:
        Wang et al., Emergent Hierarchical Reasoning in LLMs through RL, arXiv 2509.03646.

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"planning_BT": torch.tensor([[1, 0, 1]])})
    >>> hicra(alpha=0.2)(torch.tensor([[3.0, 3.0, -1.0]]), row)
    tensor([[ 3.6000,  3.0000, -0.8000]])
    """
    return partial(_hicra, alpha=alpha)


def _hicra(adv_BT: Tensor, batch: CreditBatch, *, alpha: float) -> Tensor:
    adv_BT = widen(adv_BT)
    amplified_BT = torch.where(batch.planning_BT, adv_BT + alpha * adv_BT.abs(), adv_BT)
    return torch.where(batch.mask_BT, amplified_BT, 0.0)
