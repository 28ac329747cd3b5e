"""PKPO: the unbiased policy gradient of pass@k."""

from __future__ import annotations

import torch
from torch import Tensor

from ..operator import episode_operator
from ..options import integer
from ..stats import binary, choose_ratio, leave_one_out, widen


@episode_operator(binary=True)
def pkpo(reward_B: Tensor, group_B: Tensor, *, k: int = integer(4, 1)) -> Tensor:
    """Unbiased policy gradient of pass@k.

    A leave-one-out advantage, weighted by how often k-1 of the others all fail:
    ``A_i = (r_i - rbar_-i) * C(f_-i, k-1) / C(n-1, k-1)``, ``rbar_-i`` the success rate and
    ``f_-i`` the failures of the n-1 others. A k above n counts as n.

    The expected gradient ``(1/n) sum_i A_i grad log pi_i`` is exactly ``grad pass@k / k``, because
    both factors leave rollout i out; summed over k = 1..T it is ``maxrl`` of order T.

    Reduces to RLOO at k=1.
    Degenerate: a group of one gives 0; all right gives 0 but at k=1, where all equal gives 0;
    fewer than k-1 failures among the others gives 0.

    Args:
        k: of pass@k.

    Raises:
        RewardContractError: a reward is neither 0 nor 1.

    Reference:
        Walder and Karkhanis, Pass@K Policy Optimization, arXiv 2505.15201, for the estimator's aim;
        this leave-one-out form is ours. The form in the MaxRL authors' code is biased.

    >>> rewards, group = torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.tensor([7, 7, 7, 7])
    >>> pkpo(rewards, group, k=2)
    tensor([ 1.0000, -0.2222, -0.2222, -0.2222])
    """
    reward_B = binary(widen(reward_B), "pkpo")
    rloo_B, failed_B, others_B = leave_one_out(reward_B, group_B)
    adv_B = rloo_B * choose_ratio(failed_B, others_B, others_B.clamp(max=k - 1))
    return torch.where(others_B > 0, adv_B, 0.0)
