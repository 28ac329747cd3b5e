"""Time, tokens, dose and verdicts, over the steps that all runs have made."""

from __future__ import annotations

import pytest

from recipes.compare.measures import Measure, common_steps, measures
from recipes.runs import load
from tests.recipes.compare.simulated import make_run, read_rows, write_rows


@pytest.fixture
def runs(tmp_path):
    """The second one has stopped after four steps."""
    paths = make_run(tmp_path / "a", problems=4), make_run(tmp_path / "b", problems=4, seed=2)
    write_rows(paths[1] / "metrics.1.jsonl", read_rows(paths[1] / "metrics.1.jsonl")[:5])
    return [load(path) for path in paths]


def found(runs):
    return {one.name: one for one in measures(runs, common_steps(runs))}


def test_means_are_over_common_steps_and_times_over_all(runs):
    assert common_steps(runs) == [1, 2, 3, 4]
    by_name = found(runs)
    assert by_name["seconds per step"].values == [11.0, 12.0]
    assert by_name["sepa.lam (scheduled)"].values == pytest.approx([2.5 / 12] * 2)
    assert by_name["time in steps and validations"].values == [12 * 11.0, 4 * 12.0]
    assert by_name["start-up"].values == [60.0, 60.0]
    assert [name for name in by_name if "(scheduled)" in name] == ["sepa.lam (scheduled)"]


def test_verdicts_are_shares_of_all_rollouts(runs):
    by_name = found(runs)
    verdicts = [one for one in by_name.values() if one.section == "verdicts"]
    assert [one.name for one in verdicts] == ["correct", "wrong", "no answer"]
    for index in (0, 1):
        assert sum(one.values[index] for one in verdicts) == pytest.approx(1)
    assert by_name["correct"].values[0] == pytest.approx(130 / 256)


def test_a_verdict_that_one_run_never_gave_is_zero_and_a_run_without_any_has_none(runs):
    rows = runs[1].history
    for row in rows.values():
        row["env/verdict/timeout"] = 256.0
    assert found(runs)["timeout"].values == [0.0, pytest.approx(0.5)]
    for row in rows.values():
        for name in [name for name in row if name.startswith("env/verdict/")]:
            del row[name]
    assert found(runs)["correct"].values[1] is None


def test_what_no_run_logged_is_left_out_and_what_one_did_not_is_none(runs):
    for row in runs[1].history.values():
        row.pop("credit/weight/cosine", None)
    by_name = found(runs)
    assert by_name["cosine of token weights to uniform"].values == [0.99, None]
    assert "smallest token weight" not in by_name


def test_every_attempt_has_its_start_up_and_a_torn_line_is_left_out(tmp_path):
    run = make_run(tmp_path / "a", problems=4)
    with (run / "timeline.jsonl").open("a") as file:
        file.write('{"attempt": "metrics.1.jsonl", "phase": "finished", "seconds": 900}\n')
        file.write('{"attempt": "metrics.2.jsonl", "phase": "training", "seconds": 30}\n{"att')
    assert found([load(run)])["start-up"].values == [90.0]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, "share", "n/a"),
        (0.0512, "share", "5.1%"),
        (3725.4, "clock", "1:02:05"),
        (59.6, "clock", "0:01:00"),
        (17_476.9, "count", "17,477"),
        (0.98765, ".4f", "0.9877"),
    ],
)
def test_numbers_are_written_with_their_units(value, form, text):
    assert Measure("time", "x", "x", [value], form).text(0) == text
