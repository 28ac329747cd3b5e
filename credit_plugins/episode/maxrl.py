"""MaxRL: reward minus group mean, over the group's success rate."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..operator import episode_operator
from ..options import number, option
from ..stats import binary, group_mean, leave_one_out, widen

EPS = 1e-6


def _is_order(value: Any) -> bool:
    return value in ("n-1", "n") or (type(value) is int and value >= 1)


@episode_operator(binary=True)
def maxrl(
    reward_B: Tensor,
    group_B: Tensor,
    *,
    order: str | int = option("n-1", "'n-1', 'n' or an integer of at least 1", _is_order),
    eps: float = number(EPS, 0.0, 1e-2),
) -> Tensor:
    """Maximum-likelihood advantage of binary rewards.

    For K successes among the N rollouts of a group, ``rbar = K/N``:

    - order "n-1", the published algorithm: ``A_i = (r_i - rbar) / (rbar + eps)``, 0 if K=0. A
      success gets (N-K)/K, a failure -1; sums to 0.
    - order "n": the same, but -1 if K=0: the control variate stays in all-fail groups.
    - order T: ``A_i = (r_i - rbar_-i) * sum_{k<T} C(f_-i, k) / C(N-1, k)``, ``rbar_-i`` the success
      rate and ``f_-i`` the failures of the N-1 others; T above N counts as N.

    In expectation ``(1/N) sum_i A_i grad log pi_i`` is the gradient of the likelihood expansion
    truncated at the order: ``sum_{k<=order} (1/k) grad pass@k = (1-(1-p)^order)/p * grad p``,
    exactly (at eps=0). The published algorithm loses one order because it zeroes all-fail groups.
    Order T is the Maclaurin U-statistic for ``sum_{k<T} (1-p)^k`` over the others, times RLOO; as
    both factors leave rollout i out, the baseline adds no bias. The authors' U-statistic (1 for a
    success, a sum below 0 for a failure) has the same mean without a baseline, and on a hard prompt
    a far larger mean of A^2: 41.8 against 1.2 at N=16, T=8, p=.02. All orders have one scale: none
    is divided by N, unlike the authors' ``maclaurin`` and ``vr_cond``.

    Reduces to RLOO at order 1, at every N, and at order "n-1" for N=2.
    Degenerate: K=N and a group of one give 0 at every order; K=0 gives 0, except at order "n".

    Args:
        order: "n-1", "n" or an integer of at least 1.
        eps: guards the division of orders "n-1" and "n", 0 to 0.01.

    Raises:
        RewardContractError: a reward is neither 0 nor 1.

    Reference:
        Tajwar et al., Maximum Likelihood Reinforcement Learning, arXiv 2602.02710; the
        leave-one-out form of order T is ours.

    >>> maxrl(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([7, 7, 7]))
    tensor([ 2.0000, -1.0000, -1.0000])
    >>> maxrl(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([7, 7, 7]), order=2)
    tensor([ 2.0000, -0.7500, -0.7500])
    """
    reward_B = binary(widen(reward_B), "maxrl")
    mean_B, size_B = group_mean(reward_B, group_B)
    if isinstance(order, int):
        rloo_B, failed_B, others_B = leave_one_out(reward_B, group_B)
        adv_B = rloo_B * _series(failed_B, others_B, order)
    else:
        all_fail = -1.0 if order == "n" else 0.0
        adv_B = torch.where(mean_B > 0, (reward_B - mean_B) / (mean_B + eps), all_fail)
    return torch.where(size_B > 1, adv_B, 0.0)


def _series(failed_B: Tensor, others_B: Tensor, terms: int) -> Tensor:
    """``sum_{k<terms} C(failed, k) / C(others, k)``, which estimates ``sum_{k<terms} (1-p)^k``."""
    term_B = sum_B = torch.ones_like(failed_B)
    for k in range(1, terms):
        if not (term_B > 0).any():  # C(failed, k) is 0 from k = failed + 1 on
            break
        term_B = term_B * (failed_B - k + 1).clamp(min=0) / (others_B - k + 1).clamp(min=1)
        sum_B = sum_B + term_B
    return sum_B
