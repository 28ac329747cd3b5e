"""Spreading the search for planning tokens over Ray tasks; Ray itself is a stand-in here."""

from __future__ import annotations

import os
import pickle
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from credit_plugins.planning.pieces import PieceTable
from credit_plugins.planning.projection import mark, phrase_finder
from credit_plugins.verl_adapter import planning_tasks
from credit_plugins.verl_adapter.planning_tasks import _split, mark_in_tasks

TABLE = PieceTable((b"double", b" check", b" x", b"\x00"))
FIND = phrase_finder(["double check"])


@pytest.fixture
def ray(monkeypatch):
    """Runs each task at once, on pickled arguments, and keeps what it was asked for."""
    asked = SimpleNamespace(tasks=[], options=[], puts=0)

    def remote(**options):
        asked.options.append(options)

        def submit(*arguments):
            asked.tasks.append(arguments[0].shape)
            return pickle.loads(pickle.dumps(mark))(*pickle.loads(pickle.dumps(arguments)))

        return lambda function: SimpleNamespace(remote=submit)

    def put(value):
        asked.puts += 1
        return value

    fake = SimpleNamespace(
        remote=remote,
        put=put,
        get=list,
        is_initialized=lambda: True,
        get_runtime_context=lambda: SimpleNamespace(
            get_job_id=lambda: "job", get_node_id=lambda: "a" * 56
        ),
    )
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(4))
    planning_tasks._shared.cache_clear()
    fake.asked = asked
    return fake


def batch(rows, slots=300):
    rng = np.random.default_rng(rows)
    return rng.integers(0, 3, (rows, slots)), rng.random((rows, slots)) < 0.8


@pytest.mark.parametrize("rows", [1, 3, 4, 17])
def test_tasks_mark_what_one_process_marks(ray, rows):
    ids_BT, mask_BT = batch(rows)
    expected = mark(ids_BT, mask_BT, TABLE, FIND)
    assert expected.any()
    spread = mark_in_tasks(ids_BT, mask_BT, TABLE, FIND, tokens_per_task=10)
    np.testing.assert_array_equal(spread, expected)


def test_one_part_per_core_of_which_one_stays_and_no_task_asks_for_a_core(ray):
    mark_in_tasks(*batch(40), TABLE, FIND, tokens_per_task=10)
    assert len(ray.asked.tasks) == 4 - 1
    ((options,),) = (ray.asked.options,)
    assert options["num_cpus"] == 0
    assert options["scheduling_strategy"].node_id == "a" * 56  # other nodes may lack the plugin


def test_the_table_is_sent_once(ray):
    for _ in range(3):
        mark_in_tasks(*batch(40), TABLE, FIND, tokens_per_task=10)
    assert ray.asked.puts == 1


def test_small_batches_stay_here(ray):
    ids_BT, mask_BT = batch(40)
    mark_in_tasks(ids_BT, mask_BT, TABLE, FIND)
    mark_in_tasks(ids_BT, mask_BT, TABLE, FIND, tokens_per_task=int(mask_BT.sum()) // 2 + 1)
    assert ray.asked.tasks == []


def test_without_ray_everything_stays_here(ray, monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    ids_BT, mask_BT = batch(40)
    marked = mark_in_tasks(ids_BT, mask_BT, TABLE, FIND, tokens_per_task=10)
    np.testing.assert_array_equal(marked, mark(ids_BT, mask_BT, TABLE, FIND))
    assert ray.asked.tasks == []


@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (3, 0)])
def test_empty_batches(ray, shape):
    empty = np.zeros(shape, dtype=np.int64)
    assert mark_in_tasks(empty, empty, TABLE, FIND, tokens_per_task=1).shape == shape


def test_tasks_get_about_as_many_tokens_each(ray):
    lengths = np.random.default_rng(0).integers(1, 100, 200)
    mask_BT = np.arange(100) < lengths[:, None]
    shares = [mask_BT[rows].sum() for rows in _split(mask_BT, 10)]
    assert len(shares) == 4
    assert sum(shares) == mask_BT.sum()
    assert max(shares) - min(shares) < 200


def test_one_long_row_cannot_be_split(ray):
    mask_BT = np.zeros((3, 1000), dtype=bool)
    mask_BT[1] = True
    parts = [list(range(3))[rows] for rows in _split(mask_BT, 10)]
    assert parts in ([[0, 1], [2]], [[0], [1, 2]])
