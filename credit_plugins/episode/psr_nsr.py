"""W-REINFORCE: successes count less than failures."""

from __future__ import annotations

import torch
from torch import Tensor

from ..operator import episode_operator
from ..options import number
from ..stats import binary, widen


@episode_operator(scope="completion", binary=True)
def psr_nsr(reward_B: Tensor, group_B: Tensor, *, lam: float = number(0.1, 0.0, 10.0)) -> Tensor:
    """A fixed reward for a success, -1 for a failure.

    ``A = lam`` for right, ``A = -1`` for wrong: positive and negative sample reinforcement with
    weights of their own.

    lam=1 is REINFORCE with rewards 1 and -1; lam=0 is negative sample reinforcement alone. It reads
    no group and is not centred: a batch of failures only is pushed down as a whole. On policy a
    constant changes no expected gradient, so lam acts as a scale ``(1 + lam) / 2`` of REINFORCE
    there, and by its variance; the effect that is reported comes from updates that are off policy.
    Degenerate: a group of equal rewards does get an advantage.

    Args:
        lam: advantage of a success, 0 to 10.

    Raises:
        RewardContractError: a reward is neither 0 nor 1.

    Reference:
        Zhu et al., The Surprising Effectiveness of Negative Reinforcement in LLM Reasoning, arXiv
        2506.01347, at second hand; lam 0.1 is its W-REINFORCE. Equal to REINFORCE at lam=1.

    >>> psr_nsr(torch.tensor([1.0, 0.0]), torch.tensor([7, 7]))
    tensor([ 0.1000, -1.0000])
    """
    reward_B = binary(widen(reward_B), "psr_nsr")
    return torch.where(reward_B > 0, reward_B.new_tensor(lam), reward_B.new_tensor(-1.0))
