"""MaxRL: the reward against its group, in units of the group's success rate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..errors import RewardContractError
from ..options import Options, number
from ..stats import group_mean, widen
from ..types import EpisodeOperator

EPS = 1e-6


@dataclass(frozen=True)
class MaxrlConfig(Options):
    """Options of ``algorithm.credit.maxrl``."""

    eps: float = number(EPS, 0.0, 1e-2)


def maxrl(*, eps: float = EPS) -> EpisodeOperator:
    """Maximum-likelihood advantage, the published algorithm.

    ``A_i = (r_i - mean(r)) / (mean(r) + eps)``: a success gets (N-K)/K, a failure -1, for K
    successes among N rollouts.

    In expectation, over groups of N, the gradient of the likelihood expansion truncated at order
    N-1: ``sum_{k<N} (1/k) grad pass@k`` (order N-1 and not N, because all-fail groups are zeroed).
    Reduces to RLOO at N=2. Sums to 0 in every group.
    Degenerate: K=0, K=N and a group of one give 0.

    Args:
        eps: guards the division, 0 to 0.01.

    Raises:
        RewardContractError: a reward is neither 0 nor 1.

    Reference:
        Tajwar et al., Maximum Likelihood Reinforcement Learning, arXiv 2602.02710.

    >>> maxrl()(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([7, 7, 7]))
    tensor([ 2.0000, -1.0000, -1.0000])
    """
    return partial(_maxrl, eps=eps)


def _maxrl(reward_B: Tensor, group_B: Tensor, *, eps: float) -> Tensor:
    reward_B = _binary(widen(reward_B))
    mean_B, _ = group_mean(reward_B, group_B)
    adv_B = (reward_B - mean_B) / (mean_B + eps)
    return torch.where(mean_B > 0, adv_B, 0.0)


def _binary(reward_B: Tensor) -> Tensor:
    bad_B = (reward_B != 0) & (reward_B != 1)
    if bad_B.any():
        raise RewardContractError(
            f"maxrl needs rewards of exactly 0 or 1; {int(bad_B.sum())} of {len(reward_B)} are "
            f"not, the first is {reward_B[bad_B][0].item():g}. Give it the verifier's verdict, "
            f"without KL, length or format terms."
        )
    return reward_B
