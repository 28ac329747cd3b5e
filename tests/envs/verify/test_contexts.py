"""The same verdicts wherever one is asked for: main thread, other threads, asyncio, other ANTLR."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest

from envs.verify import averify, verify

from .. import antlr_matrix

HERE = Path(__file__).parent
# Every seventh: all kinds, and both labels of most.
CASES = [
    json.loads(line)
    for line in (HERE / "cases" / "cases.jsonl").read_text(encoding="utf-8").splitlines()[::7]
]
ARGUMENTS = [
    (case["gold"], case["response"], {"answer_format": case.get("format", "boxed"), "timeout": 6})
    for case in CASES
]


@pytest.fixture(scope="module")
def here():
    return [verify(gold, response, **options).outcome for gold, response, options in ARGUMENTS]


def test_another_thread_judges_the_same(here):
    found = []

    def judge():
        found.extend(verify(g, r, **options).outcome for g, r, options in ARGUMENTS)

    thread = threading.Thread(target=judge)
    thread.start()
    thread.join()
    assert found == here


def test_asyncio_judges_the_same(here):
    async def all_at_once():
        return await asyncio.gather(*(averify(g, r, **options) for g, r, options in ARGUMENTS))

    assert [verdict.outcome for verdict in asyncio.run(all_at_once())] == here


def test_asyncio_in_another_thread_judges_the_same(here):
    found = []

    async def one_by_one():
        for gold, response, options in ARGUMENTS:
            found.append((await averify(gold, response, **options)).outcome)

    thread = threading.Thread(target=asyncio.run, args=[one_by_one()])
    thread.start()
    thread.join()
    assert found == here


def test_the_matrix_finds_a_difference(monkeypatch, capsys, tmp_path):
    def verdicts(python):
        return {"a": True, "b": "4.13.2" in str(python)}

    monkeypatch.setattr(antlr_matrix, "python_of", lambda folder, packages: folder)
    monkeypatch.setattr(antlr_matrix, "verdicts_of", verdicts)
    monkeypatch.setattr("sys.argv", ["antlr_matrix.py", str(tmp_path)])
    assert antlr_matrix.main() == 1
    assert capsys.readouterr().out == "verdicts differ: b\n"
    monkeypatch.setattr(antlr_matrix, "verdicts_of", lambda python: {"a": True, "b": True})
    assert antlr_matrix.main() == 0
    assert "2 verdicts are the same under ANTLR 4.9.3" in capsys.readouterr().out
