"""The public cases, and the API around one verification."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from envs.verify import OUTCOMES, Verdict, averify, verify, verify_batch

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "verifier_cases.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_public_case(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    verdict = verify(case["gold"], case["response"])
    assert verdict.correct == bool(case["expected"]), (case["reason"], verdict)
    assert verdict.elapsed_ms < 5000
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_whole():
    assert len(CASES) == 40
    assert sum(case["expected"] for case in CASES) == 20


def test_batch_and_async_agree_with_single():
    golds = [case["gold"] for case in CASES]
    responses = [case["response"] for case in CASES]

    async def all_at_once():
        return await asyncio.gather(*map(averify, golds, responses))

    single = [(v.outcome, v.canonical, v.tier) for v in map(verify, golds, responses)]
    for others in (verify_batch(golds, responses), asyncio.run(all_at_once())):
        assert [(v.outcome, v.canonical, v.tier) for v in others] == single


def test_verdicts_are_from_the_list():
    for case in CASES:
        verdict = verify(case["gold"], case["response"])
        assert isinstance(verdict, Verdict)
        assert verdict.outcome in OUTCOMES
        assert verdict.correct == (verdict.outcome == "correct")


def test_gold_may_be_boxed_or_between_dollars():
    for gold in (r"\frac12", r"$\frac{1}{2}$", r"The answer is \boxed{\frac12}."):
        assert verify(gold, r"\boxed{0.5}").correct


def test_an_empty_gold_is_refused():
    with pytest.raises(ValueError, match="must not be empty"):
        verify(" ", r"\boxed{1}")


def test_batches_must_match_in_length():
    with pytest.raises(ValueError, match=r"shorter|longer"):
        verify_batch(["1"], [])
