"""One validation by itself: the table in the terminal and the numbers for programs."""

from __future__ import annotations

import io
import json
import re

import pytest
from rich.console import Console

from recipes.errors import RunError
from recipes.report import evaluation, print_evaluation
from tests.recipes.report.synthetic import SOURCE, run_of, train_metrics, validation_metrics


def printed(run) -> str:
    console = Console(file=io.StringIO(), width=80)
    print_evaluation(run, console)
    return console.file.getvalue()


def test_the_table_has_a_row_per_difficulty_and_fits_a_plain_terminal(tmp_path):
    metrics = validation_metrics(0)
    text = printed(run_of(tmp_path, {0: metrics}))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].strip() == f"{SOURCE}: percent solved"
    assert [line.split()[0] for line in lines[1:7]] == ["level", "1", "2", "3", "10", "mean"]
    value = 100 * metrics[f"val-credit/{SOURCE}/difficulty=3.0/pass@4"]
    assert re.search(rf" {value:.1f} \[\d+-\d+\]", lines[4])
    assert "Before and after" not in text


def test_the_numbers_are_those_of_the_metrics(tmp_path):
    metrics = validation_metrics(0, problems=10, samples=8)
    found = json.loads(json.dumps(evaluation(run_of(tmp_path, {0: metrics}))))[SOURCE]
    assert (found["problems"], found["samples"]) == (40, 8)
    assert list(found["difficulties"]) == ["1", "2", "3", "10"]
    assert found["difficulties"]["10"]["problems"] == 10
    for k in ("1", "2", "4", "8"):
        assert found["pass@k"][k]["value"] == metrics[f"val-credit/{SOURCE}/mean/pass@{k}"]
    assert 0 < found["pass@k"]["1"]["error"] < 0.2
    low, high = found["pass@k"]["1"]["interval"]
    assert 0 < low < found["pass@k"]["1"]["value"] < high < 1


def test_a_source_without_difficulties_has_one_row(tmp_path):
    name = "val-credit/Minerva/mean"
    run = run_of(tmp_path, {0: {f"{name}/pass@1": 0.25, f"{name}/problems": 48.0}})
    found = evaluation(run)["Minerva"]
    assert (found["problems"], found["samples"], found["difficulties"]) == (48, 1, {})
    assert found["pass@k"]["1"]["value"] == 0.25
    assert [line.split()[0] for line in printed(run).splitlines()[1:3]] == ["level", "mean"]


def test_an_unknown_error_is_null(tmp_path):
    metrics = validation_metrics(0, counts=False)
    found = evaluation(run_of(tmp_path, {0: metrics}))[SOURCE]
    assert found["pass@k"]["1"]["error"] is None
    assert found["pass@k"]["1"]["interval"] is None
    assert found["difficulties"]["1"]["problems"] is None
    json.dumps(found, allow_nan=False)


def test_one_difficulty_is_one_row(tmp_path):
    data = validation_metrics(0)
    metrics = {k: v for k, v in data.items() if "difficulty=1.0" in k or "/mean/" in k}
    lines = printed(run_of(tmp_path, {0: metrics})).splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["level", "mean"]
    assert lines[3].startswith("Held-out problems")


def test_a_run_that_did_not_validate_says_where_to_look(tmp_path):
    with pytest.raises(RunError, match=r"train\.log"):
        evaluation(run_of(tmp_path, {1: train_metrics(1)}))
