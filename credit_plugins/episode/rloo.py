"""RLOO: reward minus the mean of the group's other rollouts."""

from __future__ import annotations

from torch import Tensor

from ..operator import episode_operator
from ..stats import rows_by_group, widen


@episode_operator()
def rloo(reward_B: Tensor, group_B: Tensor) -> Tensor:
    """Advantage against the mean of the other rollouts.

    ``A_i = r_i - mean(r_j, j != i) = n/(n-1) * r_i - n/(n-1) * mean(r)``

    Equal bit for bit to verl's ``rloo`` on CPU; with two binary rollouts equal to MaxRL.
    Degenerate: all equal gives 0; a group of one keeps its reward, as in verl.

    Reference:
        Ahmadian et al., Back to Basics, arXiv 2402.14740.

    >>> import torch
    >>> rloo(torch.tensor([1.0, 0.0, 0.5]), torch.tensor([7, 7, 7]))
    tensor([ 0.7500, -0.7500,  0.0000])
    """
    reward_B = widen(reward_B)
    adv_B = reward_B.clone()
    for rows_GN in rows_by_group(group_B):
        n = rows_GN.shape[1]
        if n > 1:
            reward_GN = reward_B[rows_GN]
            # Two products rather than n/(n-1) * (r - mean): verl's order of rounding.
            adv_B[rows_GN] = reward_GN * n / (n - 1) - reward_GN.mean(1, keepdim=True) * n / (n - 1)
    return adv_B
