"""Tasks from a prepared file: which row is drawn, who shares what, and what is refused."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading

import pytest

import envs
from envs.dataset import prepared
from envs.dataset.row import Row
from envs.errors import EnvConfigError
from recipes.data.build import source_of

from .small_sets import MADE, kwargs_for

ROWS_ID = "reasoning/Rows-v0"


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    return tmp_path_factory.mktemp("sets")


def file_of(path, rows, about=None):
    prepared.write(path, rows, about or {})
    return str(path)


def numbered(count, **fields):
    return [
        Row(f"{stream}/{i}", stream, f"{stream} question {i}", str(i), **fields)
        for stream in ("train", "validation")
        for i in range(count)
    ]


@pytest.mark.parametrize("env_id", MADE)
def test_the_streams_of_every_set(env_id, sets):
    env = envs.make(env_id, **kwargs_for(env_id, sets))
    only_evaluates = not source_of(env_id).split
    assert env.streams == (("validation",) if only_evaluates else ("train", "validation"))
    assert sum(map(env.num_tasks, env.streams)) == 48 * (1 + (env_id in TWO_SPLITS))


TWO_SPLITS = ("reasoning/GSM8K-v0", "reasoning/MATH-v0")


def test_a_test_split_is_the_validation_stream(sets):
    env = envs.make("reasoning/GSM8K-v0", **kwargs_for("reasoning/GSM8K-v0", sets))
    for stream, word in (("train", "in train?"), ("validation", "in test?")):
        question, _ = env.reset(options={"index": 5, "stream": stream})
        assert question.endswith(word)


def test_an_epoch_asks_every_row_once_in_an_order_of_the_seed(tmp_path):
    env = envs.make(ROWS_ID, file=file_of(tmp_path / "a.parquet", numbered(37)))

    def asked(seed, start=0):
        return [env.reset(seed=seed, options={"index": i})[0] for i in range(start, start + 37)]

    first = asked(0)
    assert len(set(first)) == 37
    assert first != sorted(first)
    assert asked(0) == first
    assert asked(0, start=37) == first
    assert asked(1) != first
    assert set(asked(1)) == set(first)


def test_where_the_file_lies_does_not_change_the_tasks(tmp_path):
    first = file_of(tmp_path / "a.parquet", numbered(20))
    second = file_of(tmp_path / "elsewhere" / "b.parquet", numbered(20))
    questions = [
        [envs.make(ROWS_ID, file=file).reset(options={"index": i})[0] for i in range(20)]
        for file in (first, second)
    ]
    assert questions[0] == questions[1]


def test_another_process_draws_the_same_and_never_imports_datasets(sets):
    file = kwargs_for("reasoning/MATH-v0", sets)["file"]
    program = """
import json, sys, envs
env = envs.make("reasoning/MATH-v0", file=sys.argv[1])
drawn = [env.reset(seed=4, options={"index": i}) for i in range(6)]
heavy = [name for name in ("datasets", "pandas", "torch", "verl") if name in sys.modules]
print(json.dumps([[question, info["task_id"]] for question, info in drawn] + [heavy]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, file], capture_output=True, text=True, check=True
    )
    *there, heavy = json.loads(done.stdout)
    assert heavy == []
    env = envs.make("reasoning/MATH-v0", file=file)
    here = [env.reset(seed=4, options={"index": i}) for i in range(6)]
    assert there == [[question, info["task_id"]] for question, info in here]


def test_the_task_id_names_the_row(tmp_path):
    env = envs.make(ROWS_ID, file=file_of(tmp_path / "a.parquet", numbered(9)))
    question, info = env.reset(options={"index": 3})
    number = question.rpartition(" ")[2]
    assert info["task_id"] == f"train/train/{number}"
    assert env.step("nothing")[-1]["task_id"] == info["task_id"]


def test_levels_are_the_difficulties(sets):
    env = envs.make("reasoning/POLARIS-53K-v0", **kwargs_for("reasoning/POLARIS-53K-v0", sets))
    assert env.levels == tuple(f"{i}/8" for i in range(8))
    asked = [env.reset(options={"index": i, "level": "3/8"})[1] for i in range(6)]
    assert {info["difficulty"] for info in asked} == {"3/8"}
    assert len({info["task_id"] for info in asked}) > 1
    plain = envs.make(ROWS_ID, **kwargs_for(ROWS_ID, sets))
    assert plain.levels == ()


def test_a_level_that_is_no_number_makes_all_of_them_names(sets):
    env = envs.make("reasoning/MATH-v0", **kwargs_for("reasoning/MATH-v0", sets))
    assert env.levels == ("1", "2", "3", "4", "5", "?")
    env = envs.make("reasoning/MATH-500-v0", **kwargs_for("reasoning/MATH-500-v0", sets))
    assert env.levels == (1.0, 2.0, 3.0, 4.0, 5.0)


def test_solutions_only_when_asked_for_and_they_pay(sets):
    given = kwargs_for("reasoning/GSM8K-v0", sets)
    env = envs.make("reasoning/GSM8K-v0", **given)
    env.reset(options={"index": 0})
    assert env.task.solution == ""
    env = envs.make("reasoning/GSM8K-v0", **given, solutions=True)
    for index in range(10):
        env.reset(options={"index": index})
        assert "<<" not in env.task.solution
        assert "####" not in env.task.solution
        assert env.step(env.task.solution)[1] == 1.0


def test_a_set_that_only_evaluates_has_no_training_rows(sets):
    env = envs.make("reasoning/AIME2024-v0", **kwargs_for("reasoning/AIME2024-v0", sets))
    assert env.reset()[1]["task_id"].startswith("validation/")
    with pytest.raises(EnvConfigError, match=r"one of \('validation',\); got 'train'"):
        env.reset(options={"stream": "train"})


def test_one_table_per_process(tmp_path):
    file = file_of(tmp_path / "a.parquet", numbered(5))
    first, second = (envs.make(ROWS_ID, file=file) for _ in range(2))
    assert first._rows is second._rows
    assert pickle.loads(pickle.dumps(first))._rows is first._rows
    first.reset()
    assert len(pickle.dumps(first)) < 5000  # the rows stay where they are
    seen = []
    threads = [
        threading.Thread(target=lambda: seen.append(envs.make(ROWS_ID, file=file)._rows))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {id(rows) for rows in seen} == {id(first._rows)}


def test_a_file_built_again_is_read_again(tmp_path):
    path = tmp_path / "a.parquet"
    old = envs.make(ROWS_ID, file=file_of(path, numbered(5)))
    assert old.num_tasks("train") == 5
    assert envs.make(ROWS_ID, file=file_of(path, numbered(7))).num_tasks("train") == 7


def test_a_file_is_read_and_sorted_once_and_without_solutions(tmp_path, monkeypatch):
    """What makes opening cheap; bench_dataset.py measures it beside `datasets`."""
    done = []

    def counted(name):
        real = getattr(prepared.Prepared, name)

        def method(self, *args):
            done.append((name, *args))
            return real(self, *args)

        monkeypatch.setattr(prepared.Prepared, name, method)

    counted("_read")
    counted("rows_of")
    file = file_of(tmp_path / "a.parquet", numbered(500, solution="long"))
    for index in range(20):
        envs.make(ROWS_ID, file=file).reset(options={"index": index})
    columns = ["id", "stream", "question", "answer", "difficulty"]
    assert sorted(done) == [("_read", columns), ("rows_of", "train", None)]


def test_half_a_file_is_never_seen(tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    file_of(path, numbered(3))
    before = path.read_bytes()

    def breaks(table, where, **options):
        where.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(pq, "write_table", breaks)
    with pytest.raises(OSError, match="disk full"):
        file_of(path, numbered(9))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]


def test_rows_survive_the_file(tmp_path):
    rows = [
        Row("a", "train", "Größe?\n$x$", r"\frac{1}{2}", "5/8", "s"),
        Row("b", "validation", "\u221a2?", "1", 3.0),
    ]
    path = tmp_path / "a.parquet"
    prepared.write(path, rows, {"revision": "abc"})
    opened = prepared.open_prepared(path)
    assert opened.about == {"revision": "abc"}
    read = list(opened.rows())
    assert read[0] == rows[0]
    assert read[1].difficulty == "3"  # one name makes all of them names


def test_verl_sees_every_row_once_in_an_epoch(tmp_path):
    from envs.dataset_for_verl import EnvDataset

    rows = [row for row in numbered(30) if row.stream == "train" or int(row.answer) < 6]
    env = {"id": ROWS_ID, "kwargs": {"file": file_of(tmp_path / "a.parquet", rows)}}
    for stream, count in (("train", 30), ("validation", 6)):
        data = EnvDataset(stream, None, {"env": env})
        assert len(data) == count
        assert len({data[i]["raw_prompt"][0]["content"] for i in range(count)}) == count
    assert len(EnvDataset("train", None, {"env": {**env, "train_size": 20}})) == 20
    assert len(EnvDataset("train", None, {"env": env}, max_samples=10)) == 10


def test_verl_is_refused_a_stream_without_rows(tmp_path):
    from envs.dataset_for_verl import EnvDataset

    rows = [row for row in numbered(5) if row.stream == "validation"]
    env = {"id": ROWS_ID, "kwargs": {"file": file_of(tmp_path / "a.parquet", rows)}}
    with pytest.raises(EnvConfigError, match="no tasks for stream 'train'"):
        EnvDataset("train", None, {"env": env})


@pytest.mark.parametrize(
    ("kwargs", "sentence"),
    [
        ({}, "verl-credit build"),
        ({"path": "my.jsonl", "question": "q"}, "path, question: these say how to build"),
        ({"file": "nowhere.parquet"}, "There is no file /"),
        ({"file": "."}, "is a folder"),
        ({"file": "raw.parquet"}, "path=raw.parquet"),
        ({"file": "text.parquet"}, "was not made by `verl-credit build`"),
    ],
)
def test_bad_files_are_one_sentence(kwargs, sentence, tmp_path, monkeypatch):
    import pyarrow as pa
    import pyarrow.parquet as pq

    monkeypatch.chdir(tmp_path)
    pq.write_table(pa.table({"question": ["a"], "answer": ["1"]}), "raw.parquet")
    (tmp_path / "text.parquet").write_text("hello")
    with pytest.raises(EnvConfigError) as error:
        envs.make(ROWS_ID, **kwargs)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
