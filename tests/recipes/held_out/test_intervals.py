"""Intervals: by hand, against scipy, and where nothing can be known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from recipes.held_out.intervals import Interval, difference, mean, of_error, of_sum

X = np.array([0.0, 0.5, 1.0, 0.5, 0.25])
Y = np.array([0.5, 1.0, 1.0])


def test_one_stratum_is_the_t_interval_of_a_mean():
    got = of_sum([X / len(X)])
    wanted = stats.ttest_1samp(X, 0).confidence_interval(0.95)
    assert (got.value, got.low, got.high) == pytest.approx((X.mean(), wanted.low, wanted.high))


def test_two_strata_of_opposite_sign_are_welchs_interval():
    got = of_sum([X / len(X), -Y / len(Y)])
    wanted = stats.ttest_ind(X, Y, equal_var=False).confidence_interval(0.95)
    assert (got.value, got.low, got.high) == pytest.approx(
        (X.mean() - Y.mean(), wanted.low, wanted.high)
    )
    assert difference(list(X), list(Y)) == got


def test_by_hand_over_two_strata():
    # Means 1 and 3 of strata that count half each; variances 2 and 8 of the values.
    strata = [np.array([0.0, 2.0]) / 4, np.array([1.0, 5.0]) / 4]
    got = of_sum(strata)
    variance = (2 / 2 + 8 / 2) / 4
    freedom = variance**2 / ((2 / 8) ** 2 + (8 / 8) ** 2)
    reach = stats.t.ppf(0.975, freedom) * math.sqrt(variance)
    assert got.value == pytest.approx(2.0)
    assert (got.low, got.high) == pytest.approx((2 - reach, 2 + reach))


def test_by_hand_over_three_seeds():
    got = mean([0.5, 0.6, 0.7])  # t(2) = 4.302653, standard error 0.1 / sqrt 3
    assert (got.low, got.high) == pytest.approx((0.6 - 0.248414, 0.6 + 0.248414), abs=1e-6)


@pytest.mark.parametrize(
    "strata",
    [
        [np.array([0.3])],
        [np.array([0.1, 0.1, 0.1])],
        [np.array([0.1, 0.1]), np.array([0.7, 0.7])],
        [np.zeros(4)],
        [np.full(7, 1 / 49) * 0.3],  # alike but for rounding
    ],
)
def test_values_that_agree_leave_the_interval_unknown(strata):
    got = of_sum(strata)
    assert got.value == pytest.approx(sum(map(sum, strata)))
    assert not got.is_known
    assert not got.excludes_zero


def test_strata_of_one_are_taken_together():
    alone = [np.array([x]) for x in (0.1, 0.3, 0.2)]
    assert of_sum(alone) == of_sum([np.concatenate(alone)])
    got = of_sum([np.array([0.1, 0.2, 0.3]), np.array([0.4]), np.array([0.1, 0.2])])
    wanted = of_sum([np.array([0.4, 0.1, 0.2]), np.array([0.1, 0.2, 0.3])])
    assert (got.low, got.high) == pytest.approx((wanted.low, wanted.high))


def test_one_seed_on_a_side_leaves_the_interval_unknown():
    got = difference([0.5], [0.1, 0.4, 0.3])
    assert got.value == pytest.approx(0.5 - 0.8 / 3)
    assert not got.is_known


def test_a_known_error_is_normal_and_none_is_unknown():
    got = of_error(0.5, 0.1)
    assert (got.low, got.high) == pytest.approx((0.3040036, 0.6959964))
    assert not of_error(0.5, 0.0).is_known
    assert not of_error(0.5, math.nan).is_known


def test_what_excludes_zero():
    assert Interval(0.2, 0.1, 0.3).excludes_zero
    assert Interval(-0.2, -0.3, -0.1).excludes_zero
    assert not Interval(0.1, -0.1, 0.3).excludes_zero
    assert not Interval(0.1, 0.0, 0.3).excludes_zero
    assert not Interval(-0.1, -0.3, 0.0).excludes_zero
    assert not Interval(0.1).excludes_zero


def test_a_share_lies_within_0_and_1():
    assert Interval(0.9, 0.7, 1.1).clipped() == Interval(0.9, 0.7, 1.0)
    assert Interval(0.1, -0.1, 0.3).clipped() == Interval(0.1, 0.0, 0.3)
    assert not Interval(0.1).clipped().is_known
