"""The sentence at the top of a report, for every kind of run."""

from __future__ import annotations

import re

import pytest
import yaml

from recipes.report.headline import headline
from recipes.runs import load
from tests.recipes.report.synthetic import (
    SOURCE,
    held_out_row,
    make_run,
    train_metrics,
    validation_metrics,
    write_attempt,
)


@pytest.fixture
def run_dir(tmp_path):
    return make_run(tmp_path / "r" / "one")


def said(run_dir, lines=None, outcomes=None):
    if lines is not None:
        write_attempt(run_dir, 1, lines)
        (run_dir / "held_out.1.jsonl").write_text(outcomes or "")
    return headline(load(run_dir))


def test_a_run_says_what_came_of_it_with_its_interval(run_dir):
    (sentence,) = said(run_dir)
    found = re.fullmatch(
        r"(\d+)% → (\d+)% of held-out problems solved after 12 steps, "
        r"95% interval of the change \+(\d+) to \+(\d+) points\.",
        sentence,
    )
    before, after, low, high = map(int, found.groups())
    assert low <= after - before <= high
    assert 5 < high - low < 25


def test_the_interval_is_that_of_the_differences_of_problems(run_dir):
    """Two validations of one problem hang together: what pairs them is narrower."""
    before = [[f"p{i}", "", 8, c] for i, c in enumerate([0, 1, 7, 8] * 10)]
    after = [[f"p{i}", "", 8, min(8, c + 1)] for i, (_, _, _, c) in enumerate(before)]
    row = '{{"step": {}, "source": "x", "problems": {}}}\n'
    outcomes = "".join(
        row.format(step, str(rows).replace("'", '"')) for step, rows in ((0, before), (9, after))
    )

    def logged(rate, twice):
        name = "val-credit/x/mean"
        return {f"{name}/pass@1": rate, f"{name}/pass@2": twice, f"{name}/problems": 40.0}

    lines = {0: logged(0.5, 0.56), 9: logged(0.59375, 0.68)}
    (paired,) = said(run_dir, lines, outcomes)
    # d = 1, 1, 1, 0 eighths: mean 0.09375, sd 0.0548, t(39) = 2.0227
    assert "50% → 59% of held-out problems solved after 9 steps" in paired
    assert "95% interval of the change +8 to +11 points." in paired
    (loose,) = said(run_dir, lines)
    assert "points, not paired by problem: no clear change." in loose


def test_a_change_that_may_be_none_is_called_so(run_dir):
    outcomes = held_out_row(0) + held_out_row(0).replace('"step": 0', '"step": 6')
    lines = {0: validation_metrics(0), 6: validation_metrics(0) | train_metrics(6)}
    (sentence,) = said(run_dir, lines, outcomes)
    assert "no problem's result changed" in sentence
    (sentence,) = said(run_dir, lines)
    assert re.search(
        r"change -\d+ to \+\d+ points, not paired by problem: no clear change", sentence
    )


def test_one_validation_before_training(run_dir):
    lines = {0: validation_metrics(0), 1: train_metrics(1), 2: train_metrics(2)}
    (sentence,) = said(run_dir, lines)
    assert re.fullmatch(
        r"\d+% of held-out problems solved before training \(95% interval \d+% to \d+%\); "
        r"there was no validation in 2 steps since then\.",
        sentence,
    )


def test_one_validation_after_training(run_dir):
    lines = {1: train_metrics(1), 6: train_metrics(6) | validation_metrics(6)}
    (sentence,) = said(run_dir, lines)
    assert "solved after 6 steps (95% interval" in sentence
    assert sentence.endswith("there was no validation before, so the change is not known.")


def test_no_validation_says_how_training_went_and_that_it_is_no_evidence(run_dir):
    lines = {step: {"critic/score/mean": 0.3 if step < 6 else 0.5} for step in range(1, 11)}
    (sentence,) = said(run_dir, lines)
    assert "10 steps trained and nothing validated" in sentence
    assert (
        "30% were right in the first 5 steps and 50% in the last 5, on other problems" in sentence
    )
    (sentence,) = said(run_dir, {1: train_metrics(1)})
    assert sentence == "1 step trained and nothing validated, so what was learned is not known."


def test_an_unfinished_run_says_so(run_dir):
    (run_dir / "done").unlink()
    sentences = said(run_dir)
    assert sentences[1] == "This run has not finished: it has logged step 12 of 12."
    (run_dir / "config.yaml").unlink()
    assert said(run_dir)[1] == "This run has not finished: it has logged step 12."


def test_several_sources_have_a_sentence_each(run_dir):
    other = {"val-credit/Minerva/mean/pass@1": 0.25, "val-credit/Minerva/mean/problems": 48.0}
    lines = {step: validation_metrics(step) | other for step in (0, 12)}
    first, second = said(run_dir, lines)
    assert first.startswith("25% → 25% of held-out problems of Minerva solved")
    assert f"of held-out problems of {SOURCE} solved" in second


def test_a_branch_says_between_which_steps(run_dir):
    lines = {14: validation_metrics(0), 28: validation_metrics(12) | train_metrics(28)}
    assert "solved from step 14 to 28, 95% interval" in said(run_dir, lines)[0]


def test_without_counts_there_is_no_interval(run_dir):
    lines = {step: validation_metrics(step, counts=False) for step in (0, 12)}
    (sentence,) = said(run_dir, lines)
    assert sentence.endswith("how many problems these are was not logged, so no interval is given.")


def test_a_run_that_logged_nothing_yet_says_so(run_dir):
    assert said(run_dir, {})[0] == "No training step and no validation was logged."


def test_small_changes_show_decimals(run_dir):
    config = yaml.safe_load((run_dir / "config.yaml").read_text())
    assert config["trainer"]["total_training_steps"] == 12
    name = "val-credit/x/mean"
    lines = {
        0: {f"{name}/pass@1": 0.331, f"{name}/problems": 400.0},
        5: {f"{name}/pass@1": 0.334, f"{name}/problems": 400.0},
    }
    assert "33.1% → 33.4%" in said(run_dir, lines)[0]
