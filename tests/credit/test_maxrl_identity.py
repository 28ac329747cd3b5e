"""MaxRL's theorem, by enumerating every draw of a small tabular policy (reference 1.5.6, 1.6)."""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
import pytest
import torch

from credit_plugins.episode.grpo import grpo
from credit_plugins.episode.maxrl import maxrl
from credit_plugins.episode.rloo import rloo

LOGITS = np.array([0.3, -0.5, 1.1, 0.2])
CORRECT = np.array([1.0, 0.0, 0.0, 1.0])


def policy(logits=LOGITS):
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


PI = policy()
P = PI @ CORRECT
GRAD_P = PI * (CORRECT - P)


def maxrl_weight(order):
    return (1 - (1 - P) ** order) / P


def expected_gradient(operator, n):
    """Sum over all V^n draws of Pr(draw) * (1/n) sum_i A_i * grad log pi(draw_i)."""
    draws = np.array(list(product(range(len(PI)), repeat=n)))
    chance = PI[draws].prod(1)
    groups = torch.arange(len(draws)).repeat_interleave(n)
    adv = operator(torch.from_numpy(CORRECT[draws].ravel()), groups).numpy().reshape(draws.shape)
    scores = np.eye(len(PI))[draws] - PI
    return np.einsum("d,dn,dnv->v", chance, adv, scores) / n


@pytest.mark.parametrize(
    ("n", "coefficient"), [(2, 1.000000000), (3, None), (4, 1.925207880), (6, 2.240831286)]
)
def test_maxrl_is_the_likelihood_gradient_of_order_n_minus_1(n, coefficient):
    gradient = expected_gradient(maxrl(eps=0.0), n)
    np.testing.assert_allclose(gradient, maxrl_weight(n - 1) * GRAD_P, rtol=0, atol=1e-12)
    if coefficient:
        np.testing.assert_allclose(gradient / GRAD_P, coefficient, atol=5e-10)


@pytest.mark.parametrize(("n", "coefficient"), [(2, 0.5), (4, 0.75), (6, 5 / 6)])
def test_mean_only_grpo_is_the_policy_gradient(n, coefficient):
    gradient = expected_gradient(grpo(std=False), n)
    np.testing.assert_allclose(gradient, coefficient * GRAD_P, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [2, 4])
def test_rloo_is_the_unbiased_policy_gradient(n):
    np.testing.assert_allclose(expected_gradient(rloo(), n), GRAD_P, rtol=0, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_the_weight_is_the_harmonic_series_of_pass_at_k(order):
    def objective(logits):
        p = policy(logits) @ CORRECT
        return sum((1 - (1 - p) ** k) / k for k in range(1, order + 1))

    h = 1e-5
    steps = h * np.eye(len(LOGITS))
    slope = [(objective(LOGITS + s) - objective(LOGITS - s)) / (2 * h) for s in steps]
    np.testing.assert_allclose(slope, maxrl_weight(order) * GRAD_P, atol=1e-9)


def keep_all_fail(reward_B, group_B):
    """Order N: the control variate stays in all-fail groups."""
    adv_B = maxrl(eps=0.0)(reward_B, group_B).reshape(-1, 4)
    failed = reward_B.reshape(-1, 4).sum(1, keepdim=True) == 0
    return torch.where(failed, -1.0, adv_B).flatten()


def test_zeroing_all_fail_groups_is_what_costs_one_order():
    gradient = expected_gradient(keep_all_fail, 4)
    np.testing.assert_allclose(gradient, maxrl_weight(4) * GRAD_P, rtol=0, atol=1e-12)
    np.testing.assert_allclose(gradient / GRAD_P, 2.124456269, atol=5e-10)


def test_the_identity_bites():
    """A wrong constant, or eps where it must be 0, is seen."""

    def off(reward_B, group_B, operator):
        return 1.0001 * operator(reward_B, group_B)

    for wrong in (partial(off, operator=maxrl(eps=0.0)), maxrl(eps=1e-6), grpo()):
        gap = expected_gradient(wrong, 4) - maxrl_weight(3) * GRAD_P
        assert np.abs(gap).max() > 1e-8


def test_mean_absolute_advantage():
    """E sum |A| = 2N (pass@N - p), reference 1.5.5, at N=16."""
    n = 16
    for p, expected in [(0.01, 4.4334), (0.1, 22.870), (0.5, 15.9995), (0.9, 3.2)]:
        rewards = (torch.arange(n)[None] < torch.arange(n + 1)[:, None]).double()
        groups = torch.arange(n + 1).repeat_interleave(n)
        mass = maxrl(eps=0.0)(rewards.flatten(), groups).abs().reshape(n + 1, n).sum(1)
        k = torch.arange(n + 1, dtype=torch.float64)
        chance = torch.distributions.Binomial(n, torch.tensor(p).double()).log_prob(k).exp()
        assert (mass @ chance).item() == pytest.approx(expected, abs=6e-4)
