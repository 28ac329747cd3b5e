"""Phases and their times, appended attempt after attempt."""

from __future__ import annotations

import json
from pathlib import Path

from recipes.runs.timeline import Timeline


def rows(path: Path) -> list[tuple[str, str]]:
    return [(r["attempt"], r["phase"]) for r in map(json.loads, path.read_text().splitlines())]


def test_only_changes_are_written_and_attempts_follow_each_other(tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    first = Timeline(path, "metrics.1.jsonl")
    for phase in ("starting Ray", "starting Ray", "training"):
        first.note(phase)
    Timeline(path, "metrics.2.jsonl").note("starting Ray")
    assert rows(path) == [
        ("metrics.1.jsonl", "starting Ray"),
        ("metrics.1.jsonl", "training"),
        ("metrics.2.jsonl", "starting Ray"),
    ]


def test_seconds_count_from_the_start(tmp_path: Path) -> None:
    timeline = Timeline(tmp_path / "t.jsonl", "a")
    timeline.note("one")
    timeline.note("two")
    seconds = [
        json.loads(line)["seconds"] for line in (tmp_path / "t.jsonl").read_text().splitlines()
    ]
    assert 0 <= seconds[0] <= seconds[1] < 60
