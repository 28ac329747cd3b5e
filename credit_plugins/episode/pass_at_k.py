"""Pass@k training: reward a rollout for what it adds to pass@k."""

from __future__ import annotations

import torch
from torch import Tensor

from ..operator import episode_operator
from ..options import flag, integer
from ..stats import binary, choose_ratio, group_mean, widen


@episode_operator(binary=True)
def pass_at_k(
    reward_B: Tensor, group_B: Tensor, *, k: int = integer(4, 1), std: bool = flag(True)
) -> Tensor:
    """Advantage by what a rollout adds to pass@k.

    With n rollouts in a group, f of them failures, and ``rho = 1 - C(f, k) / C(n, k)``:

    - right: ``A = (1 - rho) / sigma``
    - wrong: ``A = (1 - rho - C(f-1, k-1) / C(n-1, k-1)) / sigma``

    with ``sigma = sqrt(rho (1 - rho))``, or 1 without ``std``. A k above n counts as n. Without
    ``std`` the expected gradient ``(1/n) sum_i A_i grad log pi_i`` is ``(1/k - 1/n) grad pass@k``;
    divided by sigma it is no multiple of it.

    At k=1 it equals GRPO with the population's standard deviation. A group sums to 0.
    Degenerate: sigma 0 gives 0: no failure, no success, or fewer than k failures. The source adds
    1e-6 to sigma instead.

    Args:
        k: how many rollouts are drawn together.
        std: divide by the deviation of the set's success.

    Raises:
        RewardContractError: a reward is neither 0 nor 1.

    Reference:
        Chen et al., Pass@k Training for Adaptively Balancing Exploration and Exploitation of Large
        Reasoning Models, arXiv 2508.10751; its public code was read line by line.

    >>> rewards, group = torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.tensor([7, 7, 7, 7])
    >>> pass_at_k(rewards, group, k=2, std=False)
    tensor([ 0.5000, -0.1667, -0.1667, -0.1667])
    """
    reward_B = binary(widen(reward_B), "pass_at_k")
    mean_B, size_B = group_mean(reward_B, group_B)
    failed_B = (size_B * (1 - mean_B)).round()
    k_B = size_B.clamp(max=k)
    missed_B = choose_ratio(failed_B, size_B, k_B)
    missed_by_B = choose_ratio(failed_B - 1, size_B - 1, k_B - 1)
    adv_B = missed_B - torch.where(reward_B > 0, 0.0, missed_by_B)
    sigma_B = (missed_B * (1 - missed_B)).sqrt() if std else torch.ones_like(missed_B)
    varies_B = (missed_B > 0) & (missed_B < 1)
    return torch.where(varies_B, adv_B / sigma_B.clamp(min=1e-30), 0.0)
