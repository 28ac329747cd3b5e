"""Dr. GRPO: reward minus group mean."""

from __future__ import annotations

from torch import Tensor

from ..operator import episode_operator
from .grpo import grpo


@episode_operator()
def dr_grpo(reward_B: Tensor, group_B: Tensor) -> Tensor:
    """Reward minus the mean of the group.

    ``A_i = r_i - mean(r)``: GRPO without its division by the standard deviation.

    Equal bit for bit to verl's ``grpo`` with ``norm_adv_by_std_in_grpo=False``; in a group of N it
    is (N-1)/N times RLOO. The other half of Dr. GRPO, which drops the division by the length, is
    ``loss_agg_mode`` in verl.
    Degenerate: all equal gives 0; a group of one keeps its reward, as in verl.

    Reference:
        Liu et al., Understanding R1-Zero-Like Training, arXiv 2503.20783.

    >>> import torch
    >>> dr_grpo(torch.tensor([1.0, 0.0, 0.5]), torch.tensor([7, 7, 7]))
    tensor([ 0.5000, -0.5000,  0.0000])
    """
    return grpo(reward_B, group_B, std=False)
