"""Broken twins of episode operators, by member of test_laws_family.py, each with its law."""

from __future__ import annotations

from functools import partial

import torch

from credit_plugins.check import laws as general
from credit_plugins.episode.grpo import grpo
from credit_plugins.episode.maxrl import maxrl
from credit_plugins.stats import group_mean

from . import laws
from . import laws_family as own


def maxrl_flipped(reward_B, group_B, **_):
    mean_B, _ = group_mean(reward_B, group_B)
    return torch.where(mean_B > 0, (mean_B - reward_B) / (mean_B + 1e-6), 0.0)


def maxrl_keeping_all_fail_groups(reward_B, group_B, **_):
    mean_B, _ = group_mean(reward_B, group_B)
    return torch.where(mean_B > 0, (reward_B - mean_B) / (mean_B + 1e-6), -1.0)


def maxrl_over_std(reward_B, group_B, **_):
    mean_B, _ = group_mean(reward_B, group_B)
    var_B, _ = group_mean((reward_B - mean_B) ** 2, group_B)
    return (reward_B - mean_B) / (var_B.sqrt() + 1e-6)


def rloo_without_correction(reward_B, group_B, **_):
    total_B, size_B = group_mean(reward_B, group_B)
    return reward_B - total_B * size_B / (size_B + 1)


def opo_by_plain_mean(reward_B, group_B, *, length_B):
    return reward_B - group_mean(reward_B, group_B)[0]


def opo_over_the_batch(reward_B, group_B, *, length_B):
    return reward_B - (length_B * reward_B).sum() / length_B.sum().clamp(min=1)


def opo_by_inverse_length(reward_B, group_B, *, length_B):
    weight_B = 1 / (1.0 + length_B)
    total_B, _ = group_mean(weight_B * reward_B, group_B)
    return reward_B - total_B / group_mean(weight_B, group_B)[0]


def whitened_by_rollout(reward_B, group_B, *, length_B):
    centred_B = grpo(reward_B, group_B, std=False)
    return (centred_B - centred_B.mean()) / (centred_B.std(correction=0) + 1e-4)


def whitened_without_a_mean(reward_B, group_B, *, length_B):
    centred_B = grpo(reward_B, group_B, std=False)
    mass, tokens = (length_B * centred_B**2).sum(), length_B.sum().clamp(min=1)
    return centred_B * torch.rsqrt(mass / tokens + 1e-8)


def whitened_flipped(reward_B, group_B, *, length_B):
    return -whitened_by_rollout(reward_B, group_B, length_B=length_B)


def series_with_replacement(reward_B, group_B, *, order=2, **_):
    """(f/(N-1))^k in place of C(f,k)/C(N-1,k): the plug-in estimate, which is biased."""
    mean_B, size_B = group_mean(reward_B, group_B)
    others_B = (size_B - 1).clamp(min=1)
    passed_B = mean_B * size_B - reward_B
    failed = 1 - passed_B / others_B
    series = sum(failed**k for k in range(order))
    return torch.where(size_B > 1, (reward_B - passed_B / others_B) * series, 0.0)


def always_first_order(reward_B, group_B, *, order, **_):
    return maxrl(reward_B, group_B, order=1)


EPISODE_TWINS = {
    "maxrl": [
        (maxrl_flipped, laws.success_is_never_below_failure),
        (maxrl_keeping_all_fail_groups, laws.a_group_sums_to_zero),
        (maxrl_over_std, laws.maxrl_weights_are_those_of_the_paper),
    ],
    "rloo": [
        (rloo_without_correction, laws.shifting_a_group_changes_nothing),
        (rloo_without_correction, laws.a_uniform_group_gets_nothing),
    ],
    "opo": [
        (opo_by_plain_mean, own.opo_keeps_the_length_weighted_sum),
        (opo_by_inverse_length, own.opo_keeps_the_length_weighted_sum),
        (opo_over_the_batch, general.scope),
    ],
    "reinforce_pp_baseline": [
        (whitened_by_rollout, own.the_tokens_of_the_batch_are_whitened),
        (whitened_without_a_mean, own.the_tokens_of_the_batch_are_whitened),
        (whitened_flipped, own.success_is_above_failure),
    ],
    "maxrl n": [
        (maxrl, own.all_fail_groups_are_pushed_down_at_order_n),
        (partial(maxrl, order=1), own.all_fail_groups_are_pushed_down_at_order_n),
    ],
    "maxrl 2": [
        (partial(always_first_order, order=2), own.order_t_is_rloo_times_the_series),
    ],
    "maxrl 3": [
        (partial(series_with_replacement, order=3), own.order_t_is_rloo_times_the_series),
    ],
}
