"""pass@k tables and their standard errors."""

from __future__ import annotations

from math import isnan, nan, sqrt

import numpy as np
import pytest

from recipes.held_out.validation import display, validations
from tests.recipes.report.synthetic import SOURCE, counts_of_correct, run_of, validation_metrics

PROBLEMS, SAMPLES = 40, 8


def _held_out(history, tmp_path):
    (held_out,) = validations(run_of(tmp_path, history))
    return held_out


def test_rows_are_ordered_by_number_and_ks_by_value(tmp_path):
    held_out = _held_out({0: validation_metrics(0)}, tmp_path)
    assert held_out.source == SOURCE
    assert [display(row) for row in held_out.rows] == ["1", "2", "3", "10", "mean"]
    assert held_out.ks == [1, 2, 4, 8]


def test_pass_at_1_error_is_the_cluster_error_of_the_counts(tmp_path):
    held_out = _held_out({0: validation_metrics(0, PROBLEMS, SAMPLES)}, tmp_path)
    correct = np.array(counts_of_correct(0.4, PROBLEMS, SAMPLES, "0 2.0"))
    assert held_out.error(0, "2.0", 1) == pytest.approx(
        np.std(correct / SAMPLES) / sqrt(PROBLEMS), rel=1e-9
    )


def test_pass_at_k_error_bounds_the_cluster_error_and_never_vanishes(tmp_path):
    everything = {f"val-credit/e/difficulty=1/pass@{k}": 1.0 for k in (1, 4)}
    counts = {"val-credit/e/difficulty=1/problems": 40}
    held_out = _held_out({0: everything | counts}, tmp_path)
    assert held_out.error(0, "1", 4) == pytest.approx(sqrt(42 / 44 * 2 / 44 / 40))


def test_the_mean_has_the_error_of_independent_difficulties(tmp_path):
    held_out = _held_out({0: validation_metrics(0)}, tmp_path)
    errors = [held_out.error(0, name, 1) for name in held_out.difficulties]
    assert held_out.error(0, "mean", 1) == pytest.approx(sqrt(sum(e**2 for e in errors)) / 4)


def test_without_counts_there_is_no_error(tmp_path):
    held_out = _held_out({0: validation_metrics(0, counts=False)}, tmp_path)
    assert isnan(held_out.error(0, "1.0", 1))
    assert isnan(held_out.error(0, "mean", 4))


def test_one_validation_is_before_without_after(tmp_path):
    cell = _held_out({3: validation_metrics(3)}, tmp_path).cell("1.0", 1)
    assert cell.before > 0
    assert isnan(cell.after)
    assert isnan(cell.change)


def test_a_missing_value_is_nan(tmp_path):
    held_out = _held_out({0: validation_metrics(0), 6: {}}, tmp_path)
    assert np.isnan([held_out.at(6, "1.0", 1), held_out.at(0, "1.0", 3), nan]).all()


def test_a_single_sample_has_the_binomial_error(tmp_path):
    row = "val-credit/e/difficulty=easy"
    data = {f"{row}/pass@1": 0.5, f"{row}/problems": 40}
    assert _held_out({0: data}, tmp_path).error(0, "easy", 1) == pytest.approx(sqrt(0.25 / 40))


def test_the_note_tells_unequal_problem_counts_as_a_range() -> None:
    from recipes.report.table import _span

    assert _span([36.0, 29.0, 28.0]) == "28 to 36"
    assert _span([32.0, 32.0]) == "32"


def test_an_interval_stays_within_0_and_1_and_has_a_width_at_both_ends(tmp_path) -> None:
    for rate in (0.0, 1.0):
        data = {f"val-credit/e/difficulty=1/pass@{k}": rate for k in (1, 2)}
        data["val-credit/e/difficulty=1/problems"] = 64
        found = _held_out({0: data}, tmp_path).interval(0, "1", 1)
        assert 0 <= found.low <= rate <= found.high <= 1
        assert found.high - found.low == pytest.approx(1.959964**2 / (64 + 1.959964**2))  # Wilson


def test_problems_that_are_always_or_never_solved_are_one_draw_each(tmp_path) -> None:
    def width(pass_at_2):
        row = "val-credit/e/difficulty=1"
        data = {f"{row}/pass@1": 0.5, f"{row}/pass@2": pass_at_2, f"{row}/problems": 100}
        found = _held_out({0: data}, tmp_path).interval(0, "1", 1)
        return found.high - found.low

    clustered, independent = width(0.5), width(0.75)
    assert clustered == pytest.approx(2 * 1.96 * sqrt(0.25 / 100), rel=0.03)
    assert independent == pytest.approx(2 * 1.96 * sqrt(0.25 / 200), rel=0.03)


@pytest.mark.parametrize("k", [1, 8])
def test_the_interval_of_the_mean_covers_it_about_95_times_in_100(tmp_path, k) -> None:
    rng = np.random.default_rng(0)
    hits, runs, names = 0, 300, [f"val-credit/e/difficulty={level}" for level in (1, 2)]
    for _ in range(runs):
        data = {}
        for name in names:
            p = rng.beta(2, 2, 30)
            right = rng.binomial(8, p)
            data |= {f"{name}/pass@{j}": float(np.mean(_chances(right, j))) for j in (1, 2, 8)}
            data[f"{name}/problems"] = 30
        for j in (1, 2, 8):
            data[f"val-credit/e/mean/pass@{j}"] = sum(data[f"{n}/pass@{j}"] for n in names) / 2
        found = _held_out({0: data}, tmp_path).interval(0, "mean", k)
        whole = 0.5 if k == 1 else 1 - _no_success(8)
        hits += found.low <= whole <= found.high
    assert hits / runs >= 0.92


def _chances(right_P, k):
    from credit_plugins.stats import pass_at_k

    return [pass_at_k(8, int(c), k) for c in right_P]


def _no_success(n):
    """E (1 - p)^n for p ~ Beta(2, 2)."""
    value = 1.0
    for i in range(n):
        value *= (2 + i) / (4 + i)
    return value
