"""The change from the first validation to the last, by hand."""

from __future__ import annotations

from math import hypot

import pytest
from scipy import stats

from recipes.held_out import change

from .outcomes import held_out

BEFORE = {"1": {"a": 0, "b": 1, "c": 1}, "2": {"d": 0, "e": 0}}
AFTER = {"1": {"a": 1, "b": 2, "c": 1}, "2": {"d": 1, "e": 1}}
LOGGED = {
    (0, "2"): {"pass@1": 0.25, "pass@2": 0.4, "problems": 16.0},
    (9, "2"): {"pass@1": 0.5, "pass@2": 0.7, "problems": 16.0},
}


def test_a_level_changes_by_its_own_problems():
    found = held_out({0: BEFORE, 5: AFTER, 9: AFTER})
    easy, hard, mean = (change(found, row) for row in ("1", "2", "mean"))
    assert all(one.by_problem for one in (easy, hard, mean))
    wanted = stats.ttest_1samp([0.5, 0.5, 0.0], 0).confidence_interval(0.95)
    assert easy.interval.value == pytest.approx(1 / 3)
    assert (easy.interval.low, easy.interval.high) == pytest.approx((wanted.low, wanted.high))
    assert (hard.interval.value, hard.interval.is_known, hard.alike) == (0.5, False, True)
    assert mean.interval.value == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert not easy.alike
    assert not mean.alike


def test_a_problem_that_a_validation_lost_is_left_out_and_a_level_without_any_too():
    lost = {"1": {"a": 1, "b": 2}, "2": {"other": 2}}
    found = held_out({0: BEFORE, 9: lost}, LOGGED)
    assert change(found).interval.value == pytest.approx(0.5)  # a and b
    hard = change(found, "2")
    assert not hard.by_problem
    assert hard.interval.value == pytest.approx(0.25)


def test_logged_rates_change_as_independent_ones():
    found = held_out({}, LOGGED, steps=[0, 9])
    got = change(found, "2").interval
    reach = 1.959964 * hypot(found.logged.error(0, "2", 1), found.logged.error(9, "2", 1))
    assert (got.value, got.low, got.high) == pytest.approx((0.25, 0.25 - reach, 0.25 + reach))


def test_one_validation_has_no_change():
    assert change(held_out({0: BEFORE})) is None
