"""OPO: reward minus the length-weighted group mean."""

from __future__ import annotations

from torch import Tensor

from ..operator import episode_operator
from ..stats import rows_by_group, widen


@episode_operator()
def opo(reward_B: Tensor, group_B: Tensor, *, length_B: Tensor) -> Tensor:
    """Advantage against the baseline of least variance.

    ``A_i = r_i - sum_j l_j r_j / sum_j l_j`` over the group, ``l`` the number of generated tokens:
    optimal where the squared norm of a rollout's score grows with its length.

    Equal bit for bit to verl's ``opo`` on CPU; with equal lengths equal to ``dr_grpo``. The
    length-weighted sum of a group is 0.
    Degenerate: all equal gives 0; a group of one keeps its reward, as in verl; a group without a
    token has baseline 0.

    Reference:
        Hao et al., On-Policy RL with Optimal Reward Baseline, arXiv 2505.23585.

    >>> import torch
    >>> rewards, group = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([7, 7, 7])
    >>> opo(rewards, group, length_B=torch.tensor([1, 1, 2]))
    tensor([ 0.7500, -0.2500, -0.2500])
    """
    reward_B = widen(reward_B)
    adv_B = reward_B.clone()
    for rows_GN in rows_by_group(group_B):
        if rows_GN.shape[1] > 1:
            reward_GN, length_GN = reward_B[rows_GN], length_B[rows_GN]
            tokens_G1 = length_GN.sum(1, keepdim=True).clamp(min=1)
            adv_B[rows_GN] = reward_GN - (length_GN * reward_GN).sum(1, keepdim=True) / tokens_G1
    return adv_B
