"""MaxRL's theorem, by enumerating every draw of a small tabular policy (reference 1.5.6, 1.6)."""

from __future__ import annotations

from functools import partial
from itertools import product
from math import comb

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
    chance, gradients = every_gradient(operator, n)
    return chance @ gradients


def variance(operator, n):
    """Total variance of the gradient, over all draws."""
    chance, gradients = every_gradient(operator, n)
    return chance @ ((gradients - chance @ gradients) ** 2).sum(1)


def every_gradient(operator, n):
    draws = np.array(list(product(range(len(PI)), repeat=n)))
    chance = PI[draws].prod(1)
    groups = torch.arange(len(draws)).repeat_interleave(n)
    adv = operator(torch.from_numpy(CORRECT[draws].ravel()), groups).numpy().reshape(draws.shape)
    scores = np.eye(len(PI))[draws] - PI
    return chance, np.einsum("dn,dnv->dv", adv, scores) / n


@pytest.mark.parametrize(
    ("n", "coefficient"), [(2, 1.000000000), (3, None), (4, 1.925207880), (6, 2.240831286)]
)
def test_maxrl_is_the_likelihood_gradient_of_order_n_minus_1(n, coefficient):
    gradient = expected_gradient(partial(maxrl, eps=0.0), n)
    np.testing.assert_allclose(gradient, maxrl_weight(n - 1) * GRAD_P, rtol=0, atol=1e-12)
    if coefficient:
        np.testing.assert_allclose(gradient / GRAD_P, coefficient, atol=5e-10)


@pytest.mark.parametrize(("n", "coefficient"), [(2, 0.5), (4, 0.75), (6, 5 / 6)])
def test_mean_only_grpo_is_the_policy_gradient(n, coefficient):
    gradient = expected_gradient(partial(grpo, std=False), n)
    np.testing.assert_allclose(gradient, coefficient * GRAD_P, rtol=0, atol=1e-12)


@pytest.mark.parametrize("n", [2, 4])
def test_rloo_is_the_unbiased_policy_gradient(n):
    np.testing.assert_allclose(expected_gradient(rloo, n), GRAD_P, rtol=0, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_the_weight_is_the_harmonic_series_of_pass_at_k(order):
    def objective(logits):
        p = policy(logits) @ CORRECT
        return sum((1 - (1 - p) ** k) / k for k in range(1, order + 1))

    h = 1e-5
    steps = h * np.eye(len(LOGITS))
    slope = [(objective(LOGITS + s) - objective(LOGITS - s)) / (2 * h) for s in steps]
    np.testing.assert_allclose(slope, maxrl_weight(order) * GRAD_P, atol=1e-9)


@pytest.mark.parametrize(
    ("n", "coefficient"), [(2, 1.584070053), (3, None), (4, 2.124456269), (6, 2.308802449)]
)
def test_keeping_all_fail_groups_gives_the_order_back(n, coefficient):
    gradient = expected_gradient(partial(maxrl, order="n", eps=0.0), n)
    np.testing.assert_allclose(gradient, maxrl_weight(n) * GRAD_P, rtol=0, atol=1e-12)
    if coefficient:
        np.testing.assert_allclose(gradient / GRAD_P, coefficient, atol=5e-10)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6, 50])
def test_any_order_up_to_n(n, order):
    gradient = expected_gradient(partial(maxrl, order=order), n)
    np.testing.assert_allclose(gradient, maxrl_weight(min(order, n)) * GRAD_P, rtol=0, atol=1e-12)


def plain_maclaurin(reward_B, group_B, *, n, order):
    """The authors' U-statistic (reference 1.2) times N, without a baseline."""
    reward_GN = reward_B.reshape(-1, n)
    punished = [
        -sum(comb(max(f - 1, 0), k - 1) / comb(n - 1, k - 1) for k in range(2, order + 1))
        for f in range(n + 1)
    ]
    failed_G = (n - reward_GN.sum(1)).long()
    failure_G1 = torch.tensor(punished, dtype=torch.float64)[failed_G][:, None]
    return torch.where(reward_GN == 1, 1.0, failure_G1).flatten()


@pytest.mark.parametrize(("n", "order"), [(4, 2), (4, 4), (6, 3)])
def test_the_authors_statistic_has_the_same_mean(n, order):
    gradient = expected_gradient(partial(plain_maclaurin, n=n, order=order), n)
    np.testing.assert_allclose(gradient, maxrl_weight(order) * GRAD_P, rtol=0, atol=1e-12)


def mean_square(operator, n, p):
    """E A^2: the variance of a gradient whose rollouts have nearly orthogonal scores."""
    return by_successes(operator, n, p, lambda adv_KN: (adv_KN**2).mean(1))


@pytest.mark.parametrize(("n", "order"), [(4, 2), (8, 4), (16, 8), (16, 16)])
@pytest.mark.parametrize("p", [0.02, 0.1])
def test_leaving_one_out_makes_hard_prompts_quieter(n, order, p):
    plain = mean_square(partial(plain_maclaurin, n=n, order=order), n, p)
    assert mean_square(partial(maxrl, order=order), n, p) < 0.5 * plain


def test_how_much_quieter():
    assert mean_square(partial(maxrl, order=8), 16, 0.02) == pytest.approx(1.157, abs=1e-3)
    plain = partial(plain_maclaurin, n=16, order=8)
    assert mean_square(plain, 16, 0.02) == pytest.approx(41.805, abs=1e-3)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [(partial(maxrl, eps=0.0), 0.1874), (partial(maxrl, order="n", eps=0.0), 0.1754)],
)
def test_variance_of_the_published_and_of_order_n(operator, expected):
    assert variance(operator, 6) == pytest.approx(expected, abs=6e-5)


def test_the_identity_bites():
    """A wrong constant, or eps where it must be 0, is seen."""

    def off(reward_B, group_B, operator):
        return 1.0001 * operator(reward_B, group_B)

    for wrong in (partial(off, operator=partial(maxrl, eps=0.0)), partial(maxrl, eps=1e-6), grpo):
        gap = expected_gradient(wrong, 4) - maxrl_weight(3) * GRAD_P
        assert np.abs(gap).max() > 1e-8


def by_successes(operator, n, p, statistic):
    """Expectation of a statistic of a group's advantages, over its number of successes."""
    rewards = (torch.arange(n)[None] < torch.arange(n + 1)[:, None]).double()
    groups = torch.arange(n + 1).repeat_interleave(n)
    found_K = statistic(operator(rewards.flatten(), groups).reshape(n + 1, n))
    k = torch.arange(n + 1, dtype=torch.float64)
    chance_K = torch.distributions.Binomial(n, torch.tensor(p).double()).log_prob(k).exp()
    return (found_K @ chance_K).item()


def test_mean_absolute_advantage():
    """E sum |A| = 2N (pass@N - p), reference 1.5.5, at N=16."""
    for p, expected in [(0.01, 4.4334), (0.1, 22.870), (0.5, 15.9995), (0.9, 3.2)]:
        mass = by_successes(partial(maxrl, eps=0.0), 16, p, lambda adv_KN: adv_KN.abs().sum(1))
        assert mass == pytest.approx(expected, abs=6e-4)
