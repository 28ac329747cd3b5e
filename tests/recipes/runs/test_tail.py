"""Reading metrics and logs while they are written."""

from __future__ import annotations

import json

from recipes.runs.tail import LineTail, MetricsTail


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
