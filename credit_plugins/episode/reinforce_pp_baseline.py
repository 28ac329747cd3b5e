"""REINFORCE++ with a group baseline: reward minus group mean, whitened over the batch."""

from __future__ import annotations

import torch
from torch import Tensor

from ..operator import episode_operator
from ..stats import widen
from .grpo import grpo

EPS = 1e-8


@episode_operator(scope="batch")
def reinforce_pp_baseline(reward_B: Tensor, group_B: Tensor, *, length_B: Tensor) -> Tensor:
    """Mean-centred advantage, whitened over the whole batch.

    ``A_i = (a_i - mean(a)) / sqrt(var(a) + 1e-8)`` with ``a_i = r_i - mean(r)`` in the group; mean
    and variance (with n-1) run over all tokens of the batch, so a rollout counts by its length.

    Equal to verl's ``reinforce_plus_plus_baseline`` up to rounding. Scope batch: the unit depends
    on all prompts, and the mean advantage of a prompt is 0 only if all lengths are equal. Prompt
    weights such as MaxRL's would be undone by this unit.
    Degenerate: a batch in which all centred rewards are equal gives 0.

    Reference:
        Hu et al., REINFORCE++, arXiv 2501.03262.

    >>> rewards, group = torch.tensor([1.0, 0.0, 0.5]), torch.tensor([7, 7, 7])
    >>> reinforce_pp_baseline(rewards, group, length_B=torch.tensor([2, 2, 2]))
    tensor([ 1.1180, -1.1180,  0.0000])
    """
    centred_B = grpo(reward_B, group_B, std=False).double()
    tokens = length_B.sum()
    centred_B = centred_B - (length_B * centred_B).sum() / tokens.clamp(min=1)
    variance = (length_B * centred_B**2).sum() / (tokens - 1).clamp(min=1)
    return (centred_B * torch.rsqrt(variance + EPS)).to(widen(reward_B).dtype)
