"""QAE: reward minus a quantile of the group."""

from __future__ import annotations

import torch
from torch import Tensor

from ..operator import episode_operator
from ..options import flag, number
from ..stats import rows_by_group, widen

EPS = 1e-6


@episode_operator()
def quantile_baseline(
    reward_B: Tensor,
    group_B: Tensor,
    *,
    quantile: float = number(0.4, 0.0, 1.0),
    std: bool = flag(True),
) -> Tensor:
    """Reward minus a quantile of the group's rewards.

    ``A_i = (r_i - Q(r)) / (std(r) + 1e-6)``, Q the quantile with linear interpolation between
    neighbours, std with n-1; without ``std``, ``r_i - Q(r)``.

    With binary rewards Q is 0 where at most about a share ``1 - quantile`` succeeds, so only the
    rare successes count; above that it is 1, and only the remaining failures do. Between the two,
    where the quantile falls between the last failure and the first success, both count. The result
    is not centred: a group does not sum to 0.
    With two rollouts and quantile 0.5 it equals ``grpo``.
    Degenerate: all equal gives 0; a group of one keeps its reward, as ``grpo`` does.

    Args:
        quantile: 0 to 1; the source uses 0.4.
        std: divide by the group's standard deviation.

    Reference:
        Wu et al., Quantile Advantage Estimation, arXiv 2509.22611; baseline, interpolation and
        division as in the README and code of its authors, who put it into verl's GRPO.

    >>> rewards, group = torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.tensor([7, 7, 7, 7])
    >>> quantile_baseline(rewards, group, std=False)
    tensor([1., 0., 0., 0.])
    """
    reward_B = widen(reward_B)
    adv_B = reward_B.clone()
    for rows_GN in rows_by_group(group_B):
        reward_GN = reward_B[rows_GN]
        std_G1 = torch.ones_like(reward_GN[:, :1])
        if rows_GN.shape[1] > 1:
            baseline_G1 = torch.quantile(reward_GN, quantile, dim=1, keepdim=True)
            std_G1 = reward_GN.std(1, keepdim=True)
            reward_GN = reward_GN - baseline_G1
        adv_B[rows_GN] = reward_GN / (std_G1 + EPS) if std else reward_GN
    return adv_B
