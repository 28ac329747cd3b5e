"""Run folders: which one a launch gets."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from recipes.errors import RunError
from recipes.runs import Run, open_run


def opened(root: Path, text: str = "a: 1", **kwargs: object) -> Run:
    with open_run("toy", [], text, root=root, **kwargs) as run:
        return run


def test_first_launch_makes_a_folder_and_says_so(tmp_path):
    run = opened(tmp_path)
    assert run.path.parent == tmp_path / "toy"
    assert not run.resumed
    assert json.loads((run.path / "run.json").read_text())["recipe"] == "toy"


def test_unfinished_run_is_resumed(tmp_path):
    first = opened(tmp_path)
    second = opened(tmp_path)
    assert (second.path, second.resumed) == (first.path, True)


def test_finished_run_is_not_resumed(tmp_path):
    first = opened(tmp_path)
    first.mark_done()
    second = opened(tmp_path)
    assert second.path != first.path
    assert not second.resumed


def test_another_configuration_is_another_run(tmp_path):
    assert opened(tmp_path, "a: 1").path != opened(tmp_path, "a: 2").path


def test_fresh_leaves_the_unfinished_run_alone(tmp_path):
    assert opened(tmp_path).path != opened(tmp_path, fresh=True).path


def test_newest_unfinished_run_wins(tmp_path):
    opened(tmp_path, name="z-older")
    time.sleep(0.01)
    newer = opened(tmp_path, name="a-newer")
    assert opened(tmp_path).path == newer.path


def test_two_launches_at_once_do_not_share_a_folder(tmp_path):
    with open_run("toy", [], "a: 1", root=tmp_path) as first:
        second = opened(tmp_path)
    assert second.path != first.path


def test_named_run_that_is_held_is_refused(tmp_path):
    with (
        open_run("toy", [], "a: 1", root=tmp_path, name="x"),
        pytest.raises(RunError, match="in use"),
    ):
        opened(tmp_path, name="x")


def test_named_run_resumes_and_is_refused_when_it_cannot(tmp_path):
    run = opened(tmp_path, name="x")
    assert opened(tmp_path, name="x").resumed
    with pytest.raises(RunError, match="another configuration"):
        opened(tmp_path, "a: 2", name="x")
    with pytest.raises(RunError, match="never overwrites"):
        opened(tmp_path, name="x", fresh=True)
    run.mark_done()
    with pytest.raises(RunError, match="finished"):
        opened(tmp_path, name="x")


def test_folder_of_someone_elses_is_not_taken_for_a_run(tmp_path):
    (tmp_path / "toy" / "notes").mkdir(parents=True)
    assert opened(tmp_path).path.name != "notes"
    with pytest.raises(RunError, match="another configuration"):
        opened(tmp_path, name="notes")


def test_attempts_are_numbered_in_the_order_of_their_start(tmp_path):
    run = opened(tmp_path)
    for _ in range(11):
        run.next_attempt().touch()
    assert [path.name for path in run.attempts()][-2:] == ["metrics.10.jsonl", "metrics.11.jsonl"]
    assert run.next_attempt().name == "metrics.12.jsonl"
