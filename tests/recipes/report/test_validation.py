"""pass@k tables and their standard errors."""

from __future__ import annotations

from math import isnan, nan, sqrt

import numpy as np
import pytest

from recipes.report.validation import display, validations
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
