"""pass@k of one run: which k are known, where, and with what interval."""

from __future__ import annotations

import pytest

from recipes.held_out.rates import held_out as read

from ..report.synthetic import run_of
from .outcomes import held_out

LOGGED = {
    (0, "mean"): {"pass@1": 0.1, "pass@2": 0.2, "problems": 16.0},
    (4, "mean"): {"pass@1": 0.4, "problems": 16.0},
    (10, "mean"): {"pass@1": 0.5, "pass@2": 0.7, "problems": 16.0},
}


def test_problems_without_a_level_count_only_where_none_has_one():
    some = held_out({0: {"1": {"a": 2}, "": {"b": 0}}})
    none = held_out({0: {"": {"a": 2, "b": 0}}})
    assert some.mean([0], 1) == 1.0
    assert none.mean([0], 1) == 0.5


def test_a_rate_with_its_interval_stays_within_0_and_1():
    rate = held_out({0: {"": {"a": 0, "b": 0, "c": 1}}}).rate(0, 1)
    assert rate.low == 0.0
    assert rate.value == pytest.approx(1 / 6)
    assert 0.5 < rate.high < 1


def test_a_k_is_known_where_every_problem_has_so_many_samples_or_it_was_logged():
    by_problem = held_out({0: {"": {"a": 1, "b": 2}}}, ks=(1, 2, 4))
    assert by_problem.ks([0]) == [1, 2]
    logged = held_out({}, LOGGED, steps=[0, 4, 10])
    assert logged.ks([0, 10]) == [1, 2]
    assert logged.ks([0, 4, 10]) == [1]
    assert [step for step, _ in logged.curve(2)] == [0, 10]


def test_a_logged_mean_over_steps_has_the_mean_of_the_errors():
    """Validations share their problems, so their errors do not cancel."""
    logged = held_out({}, LOGGED, steps=[0, 4, 10])
    value, _ = logged.logged_average((0, 4, 10), 1)
    assert value == pytest.approx(0.2 * 0.1 + 0.5 * 0.4 + 0.3 * 0.5)
    first, last = (logged.logged.error(step, "mean", 1) for step in (0, 10))
    assert logged.logged_average((0, 10), 1)[1] == pytest.approx((first + last) / 2)


def test_a_source_without_pass_at_k_is_none(tmp_path):
    data = {"val-credit/x/mean/problems": 4.0, "val-credit/y/mean/pass@1": 0.5}
    assert list(read(run_of(tmp_path, {0: data}))) == ["y"]
