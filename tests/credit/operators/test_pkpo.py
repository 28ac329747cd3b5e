"""pkpo: worked numbers, and its gradient by enumeration."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from credit_plugins.episode.maxrl import maxrl
from credit_plugins.episode.pkpo import pkpo
from credit_plugins.episode.rloo import rloo

from ..batches import batches
from ..test_goldens import close, wide
from ..test_maxrl_identity import GRAD_P, P, expected_gradient

ONE = torch.zeros(4).long()


@pytest.mark.parametrize(
    ("reward", "k", "expected"),
    [
        # All 3 others of the success fail, 2 of 3 of a failure's: C(3,1)/C(3,1), C(2,1)/C(3,1).
        ([1, 0, 0, 0], 2, [1, -2 / 9, -2 / 9, -2 / 9]),
        ([1, 1, 0, 0], 2, [4 / 9, 4 / 9, -2 / 9, -2 / 9]),
        ([1, 0, 0, 0], 4, [1, 0, 0, 0]),
        ([1, 0, 0, 0], 9, [1, 0, 0, 0]),  # as k = 4
        ([1, 1, 1, 1], 2, [0, 0, 0, 0]),
        ([0, 0, 0, 0], 2, [0, 0, 0, 0]),
    ],
)
def test_worked_numbers(reward, k, expected):
    close(pkpo(wide(reward), ONE, k=k), expected, 1e-12)


def test_a_group_of_one_gets_nothing():
    assert pkpo(torch.ones(1), torch.zeros(1).long()).item() == 0.0


def test_at_one_it_is_rloo():
    reward, group = wide([1, 1, 0, 0, 1, 0]), torch.tensor([0, 0, 0, 1, 1, 1])
    close(pkpo(reward, group, k=1), rloo(reward, group).tolist(), 1e-12)


@pytest.mark.parametrize(("n", "k"), [(2, 2), (3, 2), (4, 2), (4, 3), (4, 4), (5, 3)])
def test_the_gradient_is_that_of_pass_at_k_over_k(n, k):
    gradient = expected_gradient(partial(pkpo, k=k), n)
    np.testing.assert_allclose(gradient, (1 - P) ** (k - 1) * GRAD_P, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(batches())
def test_summed_over_k_it_is_maxrl_of_that_order(batch):
    reward, group = batch.reward_B.double(), batch.group_B
    several = torch.unique(group, return_inverse=True, return_counts=True)
    size_B = several[2][several[1]]
    for order in (1, 2, 3):
        # Where k would be clipped to n, the series of maxrl has ended.
        total = sum(pkpo(reward, group, k=k) for k in range(1, order + 1))
        chosen = size_B >= order
        close(total[chosen], maxrl(reward, group, order=order)[chosen].tolist(), 1e-12)
