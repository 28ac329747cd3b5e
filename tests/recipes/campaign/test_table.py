"""Tables: small files that hold a run's result."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from recipes.campaign.endpoint import Endpoint
from recipes.campaign.simulate import World
from recipes.campaign.table import file_of, read, write
from recipes.errors import RunError

from .toy import tables_of

# As large as a table of the project's campaigns.
WORLD = World(steps=(0, 7, 14, 21, 28), problems=128, samples=16)


@pytest.fixture
def table(plan):
    return tables_of(plan, WORLD)["sharp", 3]


def test_a_table_is_read_as_it_was_written(table, tmp_path):
    assert write(table, tmp_path) == file_of(tmp_path, "sharp", 3)
    assert read(file_of(tmp_path, "sharp", 3)) == table
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["sharp.seed3.json"]


def test_it_is_small(table, tmp_path):
    assert write(table, tmp_path).stat().st_size < 20_000


def test_a_field_of_a_later_version_is_ignored_and_a_later_format_refused(table, tmp_path):
    file = write(table, tmp_path)
    rows = json.loads(file.read_text())
    file.write_text(json.dumps(rows | {"new": 1}))
    assert read(file) == table
    file.write_text(json.dumps(rows | {"format": 2}))
    with pytest.raises(RunError, match="has format 2, and this version reads up to 1"):
        read(file)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 1, "proof": 3}'])
def test_what_is_no_table_is_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(RunError, match="no result of a campaign"):
        read(tmp_path / "x.json")


def test_rows_of_different_lengths_are_refused(table, tmp_path):
    changes = (
        {"right": [*table.right[:-1], [1, 2]]},
        {"right": table.right[:-1]},
        {"samples": table.samples[:-1]},
    )
    for change in changes:
        file = write(replace(table, **change), tmp_path)
        with pytest.raises(RunError, match="different lengths"):
            read(file)


def test_the_time_is_that_of_the_whole_run_where_it_is_known(table):
    both = replace(table, facts={"seconds": 400.0, "seconds_in_steps": 300.0})
    assert (both.seconds, table.seconds) == (400.0, 300.0)


def test_problems_with_different_numbers_of_answers(table):
    half = replace(
        table,
        samples=[4, 16],
        tasks=["a", "b"],
        right=[[4, 4]] * len(table.steps),
    )
    assert half.values(Endpoint("final", 1)).tolist() == [1.0, 0.25]
    with pytest.raises(RunError, match="integrated pass@8 needs 8 answers to each problem; a run"):
        half.values(Endpoint("integrated", 8))


def test_the_curve_is_the_mean_at_each_step(table):
    rates = np.array(table.right) / 16
    assert table.curve(1) == pytest.approx(rates.mean(1))
    assert (table.curve(8) > table.curve(1)).all()
