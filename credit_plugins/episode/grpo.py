"""GRPO: reward minus group mean, over the group's deviation."""

from __future__ import annotations

import torch
from torch import Tensor

from ..operator import episode_operator
from ..options import flag
from ..stats import rows_by_group, widen

EPS = 1e-6


@episode_operator()
def grpo(reward_B: Tensor, group_B: Tensor, *, std: bool = flag(True)) -> Tensor:
    """Advantage of each rollout relative to its group.

    ``A_i = (r_i - mean(r)) / (std(r) + 1e-6)``, std with n-1; without ``std``, ``r_i - mean(r)``.

    Equal bit for bit to verl's ``grpo`` on CPU; without ``std`` it is ``dr_grpo``.
    Degenerate: all equal gives 0; a group of one keeps its reward (mean 0, std 1), as in verl.

    Args:
        std: divide by the group's standard deviation.

    Reference:
        Shao et al., DeepSeekMath, arXiv 2402.03300; Liu et al. (Dr. GRPO), arXiv 2503.20783.

    >>> grpo(torch.tensor([1.0, 0.0, 0.5]), torch.tensor([7, 7, 7]), std=False)
    tensor([ 0.5000, -0.5000,  0.0000])
    """
    reward_B = widen(reward_B)
    adv_B = torch.empty_like(reward_B)
    for rows_GN in rows_by_group(group_B):
        reward_GN = reward_B[rows_GN]
        mean_G1, std_G1 = torch.zeros_like(reward_GN[:, :1]), torch.ones_like(reward_GN[:, :1])
        if rows_GN.shape[1] > 1:
            mean_G1, std_G1 = reward_GN.mean(1, keepdim=True), reward_GN.std(1, keepdim=True)
        centred_GN = reward_GN - mean_G1
        adv_B[rows_GN] = centred_GN / (std_G1 + EPS) if std else centred_GN
    return adv_B
