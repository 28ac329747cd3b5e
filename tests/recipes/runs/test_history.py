"""One history of a run: resumed attempts, torn and foreign lines, missing files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipes.errors import RunError
from recipes.runs import Run, load
from recipes.runs.history import read_row


def write(folder: Path, attempt: int, *rows: tuple[int, dict], torn: str = "") -> None:
    lines = [json.dumps({"step": step, "data": data}) + "\n" for step, data in rows]
    (folder / f"metrics.{attempt}.jsonl").write_text("".join(lines) + torn)


def test_a_resumed_attempt_replaces_the_steps_it_computes_again(tmp_path):
    # Attempt 1 reaches step 8, its checkpoint is at 5. verl validates at 5 again, then trains.
    write(tmp_path, 1, *((step, {"score": step / 10, "old": 1.0}) for step in range(1, 9)))
    write(tmp_path, 2, (5, {"val": 0.5}), (6, {"score": 0.66}), (7, {"score": 0.77}))
    history = load(tmp_path).history
    assert list(history) == [1, 2, 3, 4, 5, 6, 7]  # step 8 was never computed again
    assert history[5] == {"score": 0.5, "old": 1.0, "val": 0.5}
    assert history[6] == {"score": 0.66}  # nothing of the superseded step 6 is left


def test_rows_of_one_step_are_laid_over_each_other(tmp_path):
    write(tmp_path, 1, (1, {"a": 1.0, "b": 1.0}), (1, {"b": 2.0, "c": 2.0}))
    assert load(tmp_path).history == {1: {"a": 1.0, "b": 2.0, "c": 2.0}}


def test_a_third_attempt_replaces_what_both_before_it_logged(tmp_path):
    write(tmp_path, 1, *((step, {"from": 1.0}) for step in (1, 2, 3, 4)))
    write(tmp_path, 2, *((step, {"from": 2.0}) for step in (3, 4, 5)))
    write(tmp_path, 3, *((step, {"from": 3.0}) for step in (2, 3)))
    history = load(tmp_path).history
    assert {step: data["from"] for step, data in history.items()} == {1: 1.0, 2: 3.0, 3: 3.0}


def test_attempts_are_ordered_by_number_not_by_name(tmp_path):
    for attempt in (1, 2, 10):
        write(tmp_path, attempt, (1, {"score": float(attempt)}))
    assert load(tmp_path).history[1]["score"] == 10.0


def test_a_torn_line_and_values_that_are_no_numbers_are_left_out(tmp_path):
    data = {"a": 1.0, "b": None, "c": "text", "d": float("nan"), "e": float("inf")}
    write(tmp_path, 1, (1, data), torn='{"step": 2, "data": {"a": 2.')
    assert load(tmp_path).history == {1: {"a": 1.0}}


@pytest.mark.parametrize(
    "line",
    [
        *("", "nonsense", "[]", "3", "null", "{}", "[" * 100_000, '{"step": 1}', '{"data": {}}'),
        *('{"step": "1", "data": {}}', '{"step": 1.5, "data": {}}', '{"step": 1, "data": []}'),
        '{"step": null, "data": {"a": 1}}',
    ],
)
def test_a_foreign_line_is_no_row(line):
    assert read_row(line) is None


def test_a_number_too_large_for_a_float_is_left_out():
    assert read_row(f'{{"step": 1, "data": {{"a": {10**400}, "b": 2}}}}') == (1, {"b": 2.0})


@given(st.text())
def test_no_line_crashes(line):
    read_row(line)


def test_an_attempt_killed_before_its_first_step_changes_nothing(tmp_path):
    write(tmp_path, 1, (1, {"a": 1.0}), (2, {"a": 2.0}))
    write(tmp_path, 2)
    assert load(tmp_path).history == {1: {"a": 1.0}, 2: {"a": 2.0}}


def test_series_and_names(tmp_path):
    write(tmp_path, 1, (1, {"x/a": 1.0}), (2, {"y": 3.0}), (3, {"x/a": 2.0}))
    run = load(tmp_path)
    assert run.series("x/a") == ([1, 3], [1.0, 2.0])
    assert run.series("x/b") == ([], [])
    assert run.has("z", "x/*")
    assert not run.has("x", "z/*")
    assert not Run(tmp_path / "new").has("*")


def test_a_folder_without_metrics_says_what_to_give(tmp_path):
    with pytest.raises(RunError, match="outputs/RECIPE/NAME"):
        load(tmp_path)


def test_settings_are_found_by_dotted_key_or_are_none(tmp_path):
    (tmp_path / "config.yaml").write_text("data: {seed: 7, null_one: null}")
    run = Run(tmp_path)
    assert run.setting("data.seed") == 7
    for absent in ("data.seed.deeper", "nowhere.at.all", "data.null_one"):
        assert run.setting(absent) is None
    assert Run(tmp_path / "new").setting("data.seed") is None
