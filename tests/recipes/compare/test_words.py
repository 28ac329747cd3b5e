"""The sentence that a comparison begins with."""

from __future__ import annotations

import pytest

from recipes.compare import compare
from recipes.compare.words import headline
from recipes.held_out.intervals import Interval
from tests.recipes.compare.simulated import SOURCE, config, make_run


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (
            Interval(-0.113, -0.169, -0.058),
            "B is 11.3 points below A in held-out pass@1 at step 12",
        ),
        (Interval(0.113, 0.058, 0.169), "(95% interval +5.8 to +16.9)"),
        (Interval(0.01, -0.02, 0.04), "B and A cannot be told apart in held-out pass@1 at step 12"),
        (Interval(0.01), "B is 1.0 points above A"),
        (Interval(0.0), "B is level with A in held-out pass@1 at step 12; the 95% interval is unk"),
    ],
)
def test_the_headline_claims_no_more_than_the_interval(tmp_path, interval, words):
    other = config(algorithm__adv_estimator="grpo")
    found = compare([make_run(tmp_path / "a"), make_run(tmp_path / "b", other, seed=2)])
    found.differences[0].at[0].curve[-1] = interval
    (sentence,) = headline(found, SOURCE)
    assert words in sentence
