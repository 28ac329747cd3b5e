"""Generated pairs whose label is known: ours is never wrong about them; math-verify is at times."""

from __future__ import annotations

import pytest

from tests.envs.fuzz_pairs import math_verify, ours, pairs


@pytest.mark.parametrize("seed", [1, 2])
def test_pairs_that_are_equal_or_not_by_construction(seed):
    assert [pair for pair in pairs(70, seed) if ours(pair) != pair.equal] == []


@pytest.mark.slow
def test_three_thousand_pairs_and_another_scorer():
    drawn = list(pairs(3000, 3))
    assert [pair for pair in drawn if ours(pair) != pair.equal] == []
    # Where the other scorer differs it is wrong: it reads no number within `\\text`.
    theirs = [pair for pair in drawn if math_verify(pair) != pair.equal]
    assert [p for p in theirs if r"\text" not in p.gold + p.answer] == []
