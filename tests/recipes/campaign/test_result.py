"""From a run's folder to its table."""

from __future__ import annotations

import json

import pytest

from recipes.campaign.result import table_of
from recipes.errors import RunError
from recipes.runs import load

from ..compare.simulated import SOURCE, make_run, read_rows, write_rows

STEPS = (0, 6, 12)


@pytest.fixture
def path(tmp_path):
    return make_run(tmp_path / "run", problems=12, samples=4)


def made(path):
    return table_of(load(path), "plan", arm="sharp", seed=3, configuration="c")


def change(path, name, function):
    """Let a function change the rows of a file."""
    rows = read_rows(path / name)
    function(rows)
    write_rows(path / name, rows)


def test_a_table_holds_what_the_run_left(path):
    change(path, "metrics.1.jsonl", lambda rows: rows[6]["data"].update({"timing_s/testing": 2.5}))
    table = made(path)
    assert (table.plan, table.arm, table.seed, table.configuration) == ("plan", "sharp", 3, "c")
    assert table.tasks == sorted(f"{SOURCE} validation/0/{n}" for n in range(12))
    assert (table.steps, table.samples) == ([*STEPS], [4] * 12)
    problems = load(path).problems
    for step, right in zip(STEPS, table.right, strict=True):
        by_task = {f"{SOURCE} {one.task}": one for one in problems[step, SOURCE]}
        assert right == [by_task[task].right for task in table.tasks]
        assert table.difficulty == [by_task[task].difficulty for task in table.tasks]
    assert table.series["credit/weight/cosine"] == {str(step): 0.99 for step in range(1, 13)}
    assert table.series["critic/score/mean"]["12"] == 0.52
    assert table.dose == {}  # the run has dumped nothing
    assert table.facts["seconds_in_steps"] == 12 * 11.0 + 2.5


def test_a_table_says_what_the_run_was_made_with_not_who_reads_it(path):
    launches = [{"processor": "old"}, {"processor": "EPYC", "versions": {"verl": "0.0"}, "cpus": 9}]
    (path / "run.json").write_text(json.dumps({"launches": launches}))
    facts = made(path).facts
    assert (facts["processor"], facts["versions"], facts["cpus"]) == ("EPYC", {"verl": "0.0"}, 9)


def test_problems_of_two_sources_are_two_problems(path):
    change(path, "held_out.1.jsonl", lambda rows: rows.extend([r | {"source": "x"} for r in rows]))
    table = made(path)
    assert len(table.tasks) == 24
    assert [len(row) for row in table.right] == [24] * 3


def test_a_run_without_outcomes_is_refused(path):
    (path / "held_out.1.jsonl").unlink()
    with pytest.raises(RunError, match="has no outcomes of held-out problems"):
        made(path)


def more_samples(rows):
    rows[1]["problems"][0][2] += 1


@pytest.mark.parametrize("function", [more_samples, lambda rows: rows[1]["problems"].pop()])
def test_other_problems_at_a_validation_are_refused(path, function):
    change(path, "held_out.1.jsonl", function)
    with pytest.raises(RunError, match="on other problems at step 6 than at 12"):
        made(path)
