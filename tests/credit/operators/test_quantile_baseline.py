"""quantile_baseline: worked numbers and its two regimes."""

from __future__ import annotations

import pytest
import torch

from credit_plugins.episode.grpo import grpo
from credit_plugins.episode.quantile_baseline import quantile_baseline

from ..test_goldens import close, wide


def answer(reward, **numbers):
    return quantile_baseline(wide(reward), torch.zeros(len(reward)).long(), **numbers)


@pytest.mark.parametrize(
    ("reward", "expected"),
    [
        ([1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]),  # hard: only the success
        ([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, -1]),  # easy: only the failure
        # At .4 of 0 0 0 1 1 1 lies place 2, the last failure.
        ([1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]),
        # At .4 of 0 0 1 1 lies place 1.2, a fifth of the way from the failure to the success.
        ([1, 1, 0, 0], [0.8, 0.8, -0.2, -0.2]),
        ([0.5, 0.5], [0, 0]),
    ],
)
def test_the_two_regimes(reward, expected):
    close(answer(reward, std=False), expected, 1e-12)


def test_divided_by_the_deviation():
    close(answer([1, 0, 0, 0]), [1 / (0.5 + 1e-6), 0, 0, 0], 1e-12)


def test_the_median_of_two_is_their_mean():
    reward, group = wide([1, 0, 0.3, 0.2]), torch.tensor([0, 0, 1, 1])
    expected = grpo(reward, group).tolist()
    close(quantile_baseline(reward, group, quantile=0.5), expected, 1e-12)


def test_a_group_of_one_keeps_its_reward():
    close(answer([0.7]), grpo(wide([0.7]), torch.zeros(1).long()).tolist(), 1e-12)
