"""Reading metrics and logs while they are written."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq

from credit_plugins import dump
from recipes.runs.tail import LineTail, MetricsTail, SampleTail
from tests.recipes.viewer.dumps import write_step


def row(step: int, **data: float) -> str:
    return json.dumps({"step": step, "data": data}) + "\n"


def test_lines_come_once_and_only_when_complete(tmp_path):
    log = tmp_path / "log"
    tail = LineTail(log)
    assert tail.read() == []
    log.write_text("one\ntw")
    assert tail.read() == ["one"]
    with log.open("a") as file:
        file.write("o\n  0%|\r 50%|\r")
    assert tail.read() == ["two", "  0%|", " 50%|"]
    assert tail.read() == []


def test_a_character_cut_in_two_is_put_together(tmp_path):
    log, tail = tmp_path / "log", LineTail(tmp_path / "log")
    text = "naïve\n".encode()
    log.write_bytes(text[:3])
    assert tail.read() == []
    log.write_bytes(text)
    assert tail.read() == ["naïve"]


def test_offset_skips_an_earlier_attempt(tmp_path):
    (tmp_path / "log").write_text("old\nnew\n")
    assert LineTail(tmp_path / "log", offset=4).read() == ["new"]


def test_metrics_rows_come_once(tmp_path):
    file = tmp_path / "metrics.1.jsonl"
    tail = MetricsTail(file)
    file.write_text(row(0, a=1.0) + '{"step": 1, "da')
    assert tail.read() == [(0, {"a": 1.0})]
    file.write_text(row(0, a=1.0) + row(1, a=2.0))
    assert tail.read() == [(1, {"a": 2.0})]


def test_the_last_response_of_the_newest_dump_comes_once(tmp_path):
    tail = SampleTail(tmp_path / "dumps")
    assert tail.read() is None
    for step in (5, 10):
        last = dump.load(write_step(tail.folder, step)).rollouts[-1]
        assert tail.read() == (last.verdict, last.response)
        assert tail.read() is None
    assert last.response.endswith("<|im_end|>")


def test_a_file_that_is_no_dump_is_no_sample(tmp_path):
    (tmp_path / "step_000001.parquet").write_text("cut short")
    assert SampleTail(tmp_path).read() is None
    pq.write_table(pa.table({"text": [["a"]]}), tmp_path / "step_000002.parquet")
    assert SampleTail(tmp_path).read() is None
