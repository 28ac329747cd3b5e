"""HICRA: planning tokens get a bonus on their advantage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..batch import CreditBatch
from ..options import Options, flag, number
from ..stats import group_mean, widen
from ..types import TokenOperator


@dataclass(frozen=True)
class HicraConfig(Options):
    """Options of ``algorithm.credit.hicra``.

    alpha stops at 1: above it a negative advantage would turn positive.

    Attributes:
        alpha: strength of the bonus.
        centered: take the bonus of a group from all its tokens, so that their sum stays.
    """

    alpha: float = number(0.2, 0.0, 1.0)
    centered: bool = flag(False)


def hicra(*, alpha: float = 0.2, centered: bool = False) -> TokenOperator:
    """Amplify planning tokens.

    ``A'_t = A_t + alpha * |A_t| * (P_t - c)``, P_t = 1 on planning tokens and 0 elsewhere:
    planning is rewarded more in right answers and punished less in wrong ones.

    The published form has c=0. It is not zero-sum: it pays for planning phrases even in a group
    whose advantages cancel. ``centered`` takes ``c = sum |A| P / sum |A|`` over the group's tokens,
    the share of its |A| that planning carries, so the group's token sum is what it was. The cost
    falls on each token in proportion to its |A|, because an equal share for each would flip
    the sign of small ones.

    Never flips a sign. alpha=0 is the identity.
    Degenerate: nothing changes where A=0 or no token plans, nor under ``centered`` in a group whose
    tokens all plan.

    Args:
        alpha: 0 to 1.
        centered: whether to take the bonus out of the group's sum.

    Reference:
        Wang et al., Emergent Hierarchical Reasoning in LLMs through RL, arXiv 2509.03646.

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"planning_BT": torch.tensor([[1, 0, 1]])})
    >>> hicra(alpha=0.2)(torch.tensor([[3.0, 3.0, -1.0]]), row)
    tensor([[ 3.6000,  3.0000, -0.8000]])
    """
    return partial(apply_hicra, alpha=alpha, centered=centered)


def apply_hicra(adv_BT: Tensor, batch: CreditBatch, *, alpha: float, centered: bool) -> Tensor:
    """``hicra`` at its numbers."""
    adv_BT = torch.where(batch.mask_BT, widen(adv_BT), 0.0)
    size_BT, planning_BT = adv_BT.abs(), batch.planning_BT
    if not centered:
        return torch.where(planning_BT, adv_BT + alpha * size_BT, adv_BT)
    gain_BT = planning_BT.to(size_BT.dtype) - planning_share(size_BT, batch)[:, None]
    return adv_BT + alpha * size_BT * gain_BT


def planning_share(size_BT: Tensor, batch: CreditBatch) -> Tensor:
    """Share of a group's |A| that its planning tokens carry, for each of its rows, [B]."""
    whole_B, _ = group_mean(size_BT.sum(1), batch.group_B)
    planned_B, _ = group_mean(torch.where(batch.planning_BT, size_BT, 0.0).sum(1), batch.group_B)
    return torch.where(whole_B > 0, planned_B / whole_B, 0.0)
