"""Reading a run folder: resumed runs, torn lines, missing files."""

from __future__ import annotations

import json

import pytest

from recipes.runs.history import load
from tests.recipes.report.synthetic import (
    make_run,
    train_metrics,
    validation_metrics,
    write_attempt,
)


def test_a_resumed_attempt_replaces_the_steps_it_computed_again(tmp_path):
    run_dir = make_run(tmp_path / "recipe" / "run", steps=8)
    # Attempt 1 reached step 8; its checkpoint was at 5. verl validates at 5 again, then trains.
    lines = {5: {"val-credit/x/mean/pass@1": 0.5}} | {
        step: train_metrics(step) | {"critic/score/mean": 0.9} for step in (6, 7)
    }
    write_attempt(run_dir, 2, lines)
    run = load(run_dir)
    assert run.attempts == 2
    assert list(run.history) == [0, 1, 2, 3, 4, 5, 6, 7]  # step 8 was never computed again
    assert run.history[7]["critic/score/mean"] == 0.9
    assert run.history[5]["critic/score/mean"] == train_metrics(5)["critic/score/mean"]
    assert run.history[5]["val-credit/x/mean/pass@1"] == 0.5


def test_attempts_are_ordered_by_number_not_by_name(tmp_path):
    for attempt in (1, 2, 10):
        write_attempt(tmp_path, attempt, {1: {"critic/score/mean": float(attempt)}})
    assert load(tmp_path).history[1]["critic/score/mean"] == 10.0


def test_a_line_cut_by_a_kill_and_values_that_are_no_numbers_are_left_out(tmp_path):
    whole = json.dumps({"step": 1, "data": {"a": 1.0, "b": None, "c": "text"}})
    (tmp_path / "metrics.1.jsonl").write_text(whole + '\n{"step": 2, "data": {"a": 2.', "utf-8")
    assert load(tmp_path).history == {1: {"a": 1.0}}


def test_an_attempt_killed_before_its_first_step_changes_nothing(tmp_path):
    run_dir = make_run(tmp_path / "recipe" / "run")
    before = load(run_dir).history
    write_attempt(run_dir, 2, {})
    assert load(run_dir).history == before


def test_a_folder_without_metrics_says_what_to_give(tmp_path):
    with pytest.raises(FileNotFoundError, match="outputs/<recipe>/<run-name>"):
        load(tmp_path)


def test_settings_are_found_by_dotted_key_or_are_none(tmp_path):
    run = load(make_run(tmp_path / "recipe" / "run"))
    assert run.setting("nowhere.at.all", "actor_rollout_ref.rollout.n") == 8
    assert run.setting("data.seed.deeper") is None


def test_validation_metrics_hold_what_the_contract_names():
    assert "val-credit/reasoning/Addition-v0/difficulty=2.0/pass@8" in validation_metrics(0)
