"""Tests and intervals over seeds, against scipy and against simulated campaigns."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from recipes.campaign.endpoint import Endpoint
from recipes.campaign.paired import (
    EXACT,
    analyse,
    equivalence_p,
    holm,
    problem_bootstrap,
    sign_flip_p,
    smallest_p,
    t_interval,
    t_test_p,
    without_extremes,
)
from recipes.campaign.simulate import World

ENDPOINT = Endpoint("integrated", 1)
ALPHA = 0.05
# Of 1,000 campaigns a share of .05 varies with a standard error of .007.
CAMPAIGNS = 1000


def drawn(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.3, 1.0, n)


@pytest.mark.parametrize("n", [2, 5, 8, 10])
def test_the_sign_flip_test_is_scipys(n: int) -> None:
    for seed in range(5):
        d_S = drawn(n, seed)
        scipys = stats.permutation_test(
            (d_S,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=True
        )
        assert sign_flip_p(d_S) == pytest.approx(scipys.pvalue)


def test_the_smallest_p_of_eight_and_ten_seeds() -> None:
    for n, p in ((8, 0.0078125), (10, 0.001953125)):
        assert sign_flip_p(np.linspace(1, 2, n)) == smallest_p(n) == p


def test_ties_count_and_no_difference_at_all_is_p_1() -> None:
    assert sign_flip_p(np.array([0.1, 0.2, 0.3, -0.1, -0.2, -0.3])) == 1
    assert sign_flip_p(np.zeros(5)) == 1
    # .1 + .2 - .3 is not 0 in floating point: patterns of equal sums are told apart by nothing.
    assert sign_flip_p(np.array([0.1, 0.2, 0.3])) == 0.25


def test_beyond_the_exact_range_p_is_close_and_never_0() -> None:
    d_S = drawn(EXACT + 4)
    drawn_p = sign_flip_p(d_S)
    normal = 2 * stats.norm.sf(abs(d_S.sum()) / np.sqrt((d_S**2).sum()))
    assert drawn_p == pytest.approx(normal, abs=0.02)
    assert sign_flip_p(np.ones(EXACT + 4)) > 0


def test_interval_and_equivalence_are_scipys() -> None:
    d_S = drawn(9)
    interval = stats.ttest_1samp(d_S, 0).confidence_interval(0.95)
    assert t_interval(d_S, ALPHA) == pytest.approx((interval.low, interval.high))
    assert t_test_p(d_S) == pytest.approx(stats.ttest_1samp(d_S, 0).pvalue)
    above = stats.ttest_1samp(d_S, -0.5, alternative="greater").pvalue
    below = stats.ttest_1samp(d_S, 0.5, alternative="less").pvalue
    assert equivalence_p(d_S, 0.5) == pytest.approx(max(above, below))
    assert equivalence_p(-d_S, 0.5) == pytest.approx(max(above, below))


def test_equivalence_is_the_narrow_interval_within_the_margin() -> None:
    d_S = drawn(9)
    low, high = t_interval(d_S, 2 * ALPHA)
    edge = max(-low, high)
    assert not analyse(d_S, edge - 1e-9, ALPHA).equivalent
    assert analyse(d_S, edge + 1e-9, ALPHA).equivalent


def test_without_spread_the_margin_alone_decides() -> None:
    assert equivalence_p(np.full(4, 0.1), 0.2) == 0
    assert equivalence_p(np.full(4, 0.3), 0.2) == 1


def test_holm_is_the_sequential_rule() -> None:
    p = [0.011, 0.02, 0.04, 0.005]
    adjusted = holm(p)
    assert adjusted == pytest.approx([0.033, 0.04, 0.04, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_best_and_worst_seed_are_left_out() -> None:
    assert without_extremes(np.array([1.0, 2.0, 9.0, -6.0])) == (-1.0, 4.0)


def test_a_bootstrap_over_problems_has_the_spread_of_their_mean() -> None:
    rng = np.random.default_rng(1)
    by_seed = [rng.normal(0.1, 0.5, 400) for _ in range(3)]
    low, high = problem_bootstrap(by_seed, ALPHA)
    error = np.sqrt(sum(d.var() / len(d) for d in by_seed)) / 3
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.06)
    assert low < np.mean([d.mean() for d in by_seed]) < high


# ---- simulated campaigns with a known effect


def differences(world: World, seeds: int, random_seed: int) -> np.ndarray:
    """Of every campaign and seed, by the same functions as a real campaign's."""
    right = world.draw(CAMPAIGNS, seeds, random_seed)
    values = ENDPOINT.values(world.steps, right, world.samples).mean(-1)
    return values[..., 1] - values[..., 0]


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [8, 10])
@pytest.mark.parametrize("effect", [0.0, 0.4])
def test_the_interval_covers_the_true_difference(seeds: int, effect: float) -> None:
    world = World(effect)
    low, high = t_interval(differences(world, seeds, 1), ALPHA)
    truth = world.difference(ENDPOINT)
    assert 0.93 <= ((low <= truth) & (truth <= high)).mean() <= 0.97


@pytest.mark.parametrize("seeds", [8, 10])
def test_without_a_difference_the_test_rejects_one_time_in_twenty(seeds: int) -> None:
    p = sign_flip_p(differences(World(), seeds, 2))
    assert 0.03 <= (p <= ALPHA).mean() <= 0.07


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [8, 10])
def test_at_the_margin_equivalence_is_claimed_one_time_in_twenty(seeds: int) -> None:
    world = World(0.4)
    p = equivalence_p(differences(world, seeds, 3), world.difference(ENDPOINT))
    assert 0.03 <= (p <= ALPHA).mean() <= 0.07


def test_a_percentile_bootstrap_of_eight_seeds_does_not_cover() -> None:
    """Why the interval is not that one."""
    d_CS = differences(World(), 8, 4)
    rng = np.random.default_rng(0)
    picks = rng.integers(0, 8, size=(500, 8))
    means = d_CS[:, picks].mean(-1)
    low, high = np.quantile(means, [0.025, 0.975], axis=1)
    assert ((low <= 0) & (high >= 0)).mean() < 0.93
