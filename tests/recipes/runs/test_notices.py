"""What a run says about itself, read while it grows and after resumes."""

from __future__ import annotations

import json
from pathlib import Path

from credit_plugins.notices import Notice
from recipes.runs import Run
from recipes.runs.notices import NoticesTail, notices_file


def given(key: str, step: int, title: str = "So it is.") -> dict:
    return {"holds": True, **Notice(key, 1, step, title, ("s",), ("c",)).as_row()}


def over(key: str, step: int) -> dict:
    return {"holds": False, "key": key, "step": step}


def attempt(folder: Path, number: int, steps: list[int], *rows: dict, end: str = "") -> None:
    lines = [json.dumps({"step": step, "data": {"critic/score/mean": 0.0}}) for step in steps]
    (folder / f"metrics.{number}.jsonl").write_text("\n".join(lines) + "\n")
    if rows:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"notices.{number}.jsonl").write_text(text + end)


def standing(folder: Path) -> list[tuple[str, int]]:
    return [(notice.key, notice.step) for notice in Run(folder).notices]


def test_each_attempt_has_its_own_file() -> None:
    assert notices_file(Path("metrics/metrics.3.jsonl")) == Path("metrics/notices.3.jsonl")


def test_a_run_that_said_nothing(tmp_path: Path) -> None:
    attempt(tmp_path, 1, [1, 2])
    assert Run(tmp_path).notices == []


def test_the_last_word_on_each_finding_counts(tmp_path: Path) -> None:
    rows = (given("a", 3), given("b", 4), over("b", 6), given("a", 9))
    attempt(tmp_path, 1, [1, 9], *rows, end='{"holds": true, "ke')
    assert standing(tmp_path) == [("a", 9)]


def test_a_resumed_attempt_takes_back_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    attempt(tmp_path, 1, [1, 2, 3, 4, 5, 6], given("a", 3), given("b", 6))
    attempt(tmp_path, 2, [4, 5])
    assert standing(tmp_path) == [("a", 3)]
    attempt(tmp_path, 3, [5], over("a", 5))
    assert standing(tmp_path) == []


def test_the_tail_tells_each_notice_once_and_when_it_is_over(tmp_path: Path) -> None:
    tail = NoticesTail(tmp_path / "notices.1.jsonl")
    assert tail.read() == []
    attempt(tmp_path, 1, [1], given("a", 3))
    assert tail.read() == ["So it is.\n  Seen: s\n  Change: c"]
    attempt(tmp_path, 1, [1], given("a", 3), given("a", 9), given("b", 9, "And so."))
    assert [text.splitlines()[0] for text in tail.read()] == ["And so."]
    rows = (given("a", 3), given("a", 9), given("b", 9, "And so."), over("a", 10), given("a", 12))
    attempt(tmp_path, 1, [1], *rows)
    told = tail.read()
    assert told[0] == "No longer so since step 10: a."
    assert told[1].startswith("So it is.")


def test_the_tail_tells_what_is_given_again_of_a_later_step(tmp_path: Path) -> None:
    tail = NoticesTail(tmp_path / "notices.1.jsonl")
    more = given("a", 5, "Now on node b too.") | {"since": 5}
    attempt(tmp_path, 1, [1], given("a", 3), more, given("a", 9, "All of it."))
    assert [text.splitlines()[0] for text in tail.read()] == ["So it is.", "Now on node b too."]
    assert Run(tmp_path).notices[0].title == "All of it."


def test_what_is_said_once_is_told_and_does_not_stand(tmp_path: Path) -> None:
    attempt(tmp_path, 1, [1, 2], given("a", 1), {"said": "The learning rate stays."})
    tail = NoticesTail(tmp_path / "notices.1.jsonl")
    assert tail.read()[1:] == ["The learning rate stays."]
    assert tail.read() == []
    assert standing(tmp_path) == [("a", 1)]
