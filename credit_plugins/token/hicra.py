"""HICRA: planning tokens get a bonus on their advantage."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batch import PLANNING, CreditBatch
from ..operator import token_operator
from ..options import flag, number
from ..stats import group_sum


@token_operator(
    reads=PLANNING,
    scope=lambda numbers: "group" if numbers["centered"] else "completion",
    neutral={"alpha": 0.0},
)
def hicra(
    adv_BT: Tensor,
    batch: CreditBatch,
    *,
    alpha: float = number(0.2, 0.0, 1.0),
    centered: bool = flag(False),
) -> Tensor:
    """Amplify the advantage of planning tokens.

    ``A'_t = A_t + alpha * |A_t| * (P_t - c)``, P_t = 1 on planning tokens and 0 elsewhere:
    planning is rewarded more in right answers and punished less in wrong ones.

    The published form has c=0. It is not zero-sum: it pays for planning phrases even in a group
    whose advantages cancel. ``centered`` takes ``c = sum |A| P / sum |A|`` over the group's tokens,
    the share of its |A| that planning carries, so the group's token sum is what it was. The cost
    falls on each token in proportion to its |A|, because an equal share for each would flip
    the sign of small ones.

    Never flips a sign, because alpha stops at 1. alpha=0 is the identity.
    Degenerate: nothing changes where A=0 or no token plans, nor under ``centered`` in a group whose
    tokens all plan.

    Args:
        alpha: 0 to 1.
        centered: whether to take the bonus out of the group's sum.

    Reference:
        Wang et al., Emergent Hierarchical Reasoning in LLMs through RL, arXiv 2509.03646.

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"planning_BT": torch.tensor([[1, 0, 1]])})
    >>> hicra(torch.tensor([[3.0, 3.0, -1.0]]), row, alpha=0.2)
    tensor([[ 3.6000,  3.0000, -0.8000]])
    """
    size_BT = adv_BT.abs()
    if not centered:
        return torch.addcmul(adv_BT, size_BT, batch.planning_BT, value=alpha, out=size_BT)
    whole_B1 = group_sum(size_BT.sum(1, keepdim=True), batch.group_B)
    planned_B1 = group_sum((size_BT * batch.planning_BT).sum(1, keepdim=True), batch.group_B)
    share_B1 = torch.where(whole_B1 > 0, planned_B1 / whole_B1, 0.0)
    return adv_BT + alpha * size_BT * (batch.planning_BT - share_B1)
