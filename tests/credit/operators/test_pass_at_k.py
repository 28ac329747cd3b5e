"""pass_at_k: worked numbers, and its gradient by enumeration."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from credit_plugins.episode.grpo import grpo
from credit_plugins.episode.pass_at_k import pass_at_k
from credit_plugins.errors import RewardContractError

from ..test_goldens import close, wide
from ..test_maxrl_identity import GRAD_P, P, expected_gradient

ONE = torch.zeros(4).long()


@pytest.mark.parametrize(
    ("reward", "k", "expected"),
    [
        # C(3,2)/C(4,2) = 1/2 miss; a failure's sets miss with C(2,1)/C(3,1) = 2/3.
        ([1, 0, 0, 0], 2, [1 / 2, -1 / 6, -1 / 6, -1 / 6]),
        ([1, 1, 0, 0], 2, [1 / 6, 1 / 6, -1 / 6, -1 / 6]),
        ([1, 0, 0, 0], 1, [3 / 4, -1 / 4, -1 / 4, -1 / 4]),
        ([1, 1, 1, 0], 2, [0, 0, 0, 0]),  # no pair misses
        ([0, 0, 0, 0], 2, [0, 0, 0, 0]),
        ([1, 0, 0, 0], 9, [0, 0, 0, 0]),  # as k = 4
    ],
)
def test_without_a_division(reward, k, expected):
    close(pass_at_k(wide(reward), ONE, k=k, std=False), expected, 1e-12)


def test_divided_by_sigma():
    """rho = 1/2, so sigma = 1/2."""
    close(pass_at_k(wide([1, 0, 0, 0]), ONE, k=2), [1, -1 / 3, -1 / 3, -1 / 3], 1e-12)


def test_at_one_it_is_grpo_with_the_populations_deviation():
    reward = wide([1, 1, 0, 0, 0])
    group = torch.zeros(5).long()
    expected = grpo(reward, group, std=False) / reward.std(correction=0)
    torch.testing.assert_close(pass_at_k(reward, group, k=1), expected)


@pytest.mark.parametrize(("n", "k"), [(2, 1), (3, 2), (4, 2), (4, 3), (5, 2)])
def test_the_gradient_without_sigma_is_that_of_pass_at_k(n, k):
    gradient = expected_gradient(partial(pass_at_k, k=k, std=False), n)
    expected = (1 / k - 1 / n) * k * (1 - P) ** (k - 1) * GRAD_P
    np.testing.assert_allclose(gradient, expected, rtol=1e-9)


def test_the_gradient_with_sigma_is_not():
    gradient = expected_gradient(partial(pass_at_k, k=2), 4)
    per_p = gradient / GRAD_P
    assert np.allclose(per_p, per_p[0])  # along grad p, but of another size
    assert not np.allclose(per_p[0], (1 / 2 - 1 / 4) * 2 * (1 - P))


def test_rewards_that_are_not_binary_are_refused():
    with pytest.raises(RewardContractError, match="pass_at_k needs rewards of exactly 0 or 1"):
        pass_at_k(torch.tensor([0.5, 1.0]), torch.zeros(2).long())
