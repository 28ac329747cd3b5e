"""Variance components, power, and the published numbers of the two-proportion shortcut."""

from __future__ import annotations

import numpy as np
import pytest

from recipes.campaign.endpoint import Endpoint
from recipes.campaign.paired import sign_flip_p, t_test_p
from recipes.campaign.power import (
    MANY,
    components,
    fisher_p,
    guessed_sd,
    minimum_detectable,
    power,
    two_proportion_n,
)
from recipes.campaign.simulate import World


def test_the_old_campaigns_numbers() -> None:
    assert fisher_p((12, 17), (2560, 2560)) == pytest.approx(0.457, abs=5e-4)
    assert two_proportion_n(12 / 2560, 17 / 2560) == 23_175


def test_the_same_difference_at_the_later_base_rate_needs_forty_times_as_many() -> None:
    assert two_proportion_n(0.47, 0.472) == pytest.approx(978_000, rel=1e-3)


def test_equal_rates_are_refused() -> None:
    with pytest.raises(ValueError, match=r"two different rates .* got 0\.5, 0\.5"):
        two_proportion_n(0.5, 0.5)


def test_components_are_found_again() -> None:
    rng = np.random.default_rng(0)
    seeds, problems = 400, 50
    shift = rng.normal(0.02, 0.05, (seeds, 1)) + rng.normal(0, 0.2, (seeds, problems))
    answered = shift + rng.normal(0, 0.3, (seeds, problems))
    found = components(list(answered))
    assert found.seed == pytest.approx(0.05**2, rel=0.2)
    assert found.problem == pytest.approx(0.2**2 + 0.3**2, rel=0.05)
    assert found.mean == pytest.approx(0.02, abs=0.01)
    assert found.sd() == pytest.approx(answered.mean(1).std(ddof=1), rel=1e-6)
    # Twice the problems halve what problems make of the variance; the seeds' part stays.
    halved = found.seed + found.problem / 100
    assert found.sd(problems=100) == pytest.approx(np.sqrt(halved))


def test_components_of_simulated_campaigns_predict_their_spread() -> None:
    world, endpoint = World(0.3), Endpoint("integrated", 1)
    (right,) = world.draw(1, 500, random_seed=5)
    values = endpoint.values(world.steps, right, world.samples)
    d_SJ = values[:, 1] - values[:, 0]
    found = components(list(d_SJ))
    more = World(0.3, problems=256)
    (right,) = more.draw(1, 500, random_seed=6)
    values = endpoint.values(more.steps, right, more.samples).mean(-1)
    assert found.sd(problems=256) == pytest.approx((values[:, 1] - values[:, 0]).std(), rel=0.12)


def test_no_component_is_below_0() -> None:
    assert components([np.array([1.0, -1.0]), np.array([-1.0, 1.0])]).seed == 0.0


@pytest.mark.parametrize("seeds", [6, 8, 10])
def test_the_difference_that_is_found_four_times_in_five(seeds: int) -> None:
    effect = minimum_detectable(0.03, seeds, 0.05)
    d_CS = effect + 0.03 * np.random.default_rng(9).standard_normal((4000, seeds))
    assert (sign_flip_p(d_CS) <= 0.05).mean() == pytest.approx(0.8, abs=0.03)
    assert power(0.0, 0.03, seeds, 0.05) == pytest.approx(0.05, abs=0.02)


def test_beyond_some_seeds_the_t_test_has_the_same_power() -> None:
    d_CS = 0.03 + 0.03 * np.random.default_rng(9).standard_normal((4000, MANY + 1))
    flips, t = (sign_flip_p(d_CS) <= 0.05).mean(), (t_test_p(d_CS) <= 0.05).mean()
    assert flips == pytest.approx(t, abs=0.01)
    assert power(0.03, 0.03, MANY + 1, 0.05) == pytest.approx(flips, abs=0.02)


def test_four_seeds_never_reject() -> None:
    assert power(1.0, 0.01, 4, 0.05) == 0
    assert minimum_detectable(0.1, 1, 0.05) == np.inf


def test_the_guessed_spread_is_that_of_independent_answers() -> None:
    rng = np.random.default_rng(0)
    rates = rng.binomial(8, 0.5, (20_000, 2, 16)).mean(-1) / 8
    assert guessed_sd(16, 8) == pytest.approx((rates[:, 1] - rates[:, 0]).std(), rel=0.02)
