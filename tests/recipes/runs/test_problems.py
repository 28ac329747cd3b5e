"""Outcomes of held-out problems: written by the plugin, read back over attempts."""

from __future__ import annotations

import json

import pytest

from credit_plugins import held_out
from credit_plugins.held_out import Problem
from credit_plugins.verl_adapter.validation import problems_of
from recipes.runs.problems import merged, problems_file

COLUMNS = {
    "acc": [1.0, 0.0, 1.0, None, 1.0],
    "task_id": ["v/0/1", "v/0/1", "v/0/2", "v/0/2", ""],
    "difficulty": [1.0, 1.0, "hard", "hard", 1.0],
}
UIDS, SOURCES = ["a", "a", "b", "b", "c"], ["math"] * 5


def attempt(folder, number, *validations) -> object:
    """A metrics file that starts at the first step, and its problems."""
    metrics = folder / f"metrics.{number}.jsonl"
    metrics.write_text(json.dumps({"step": validations[0][0], "data": {"x": 1.0}}) + "\n")
    for step, right in validations:
        with problems_file(metrics).open("a") as file:
            row = {"step": step, "source": "math", "problems": [["t", "", 4, right]]}
            file.write(json.dumps(row) + "\n")
    return metrics


def test_problems_are_counted_by_task_and_samples_without_outcome_left_out() -> None:
    assert problems_of(SOURCES, UIDS, COLUMNS) == {
        "math": [Problem("v/0/1", "1", 2, 1), Problem("v/0/2", "hard", 1, 1)]
    }
    assert problems_of(SOURCES, UIDS, {"acc": COLUMNS["acc"]}) == {}


def test_nothing_is_written_unless_a_file_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(held_out.FILE_VARIABLE, raising=False)
    held_out.write(1, problems_of(SOURCES, UIDS, COLUMNS))
    monkeypatch.setenv(held_out.FILE_VARIABLE, "")
    held_out.write(1, problems_of(SOURCES, UIDS, COLUMNS))
    file = tmp_path / "held_out.1.jsonl"
    monkeypatch.setenv(held_out.FILE_VARIABLE, str(file))
    held_out.write(5, problems_of(SOURCES, UIDS, COLUMNS))
    assert held_out.read_line(file.read_text()) == (
        *(5, "math"),
        [Problem("v/0/1", "1", 2, 1), Problem("v/0/2", "hard", 1, 1)],
    )


def test_every_validation_adds_a_line_for_each_source(tmp_path, monkeypatch) -> None:
    file = tmp_path / "held_out.1.jsonl"
    monkeypatch.setenv(held_out.FILE_VARIABLE, str(file))
    found = [Problem("t", "", 2, 1)]
    for step in (5, 10):
        held_out.write(step, {"math": found, "sums": found})
    assert [held_out.read_line(line) for line in file.read_text().splitlines()] == [
        (step, source, found) for step in (5, 10) for source in ("math", "sums")
    ]


def test_a_later_attempt_replaces_what_came_after_its_start(tmp_path) -> None:
    first = attempt(tmp_path, 1, (0, 0), (10, 1), (20, 2))
    second = attempt(tmp_path, 2, (10, 3))
    rights = {step: problems[0].right for (step, _), problems in merged([first, second]).items()}
    assert rights == {0: 0, 10: 3}


@pytest.mark.parametrize(
    "line",
    [
        '{"step": 10, "source": "ma',
        "[1]",
        '{"step": 10, "source": "math"}',
        '{"step": 10, "source": "math", "problems": [["t", "", 4]]}',
    ],
)
def test_a_line_cut_short_is_left_out(tmp_path, line) -> None:
    metrics = attempt(tmp_path, 1, (0, 0))
    with problems_file(metrics).open("a") as file:
        file.write(line)
    assert list(merged([metrics])) == [(0, "math")]
