"""The fused path gives what the operators give: advantages, state and metrics."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_plugins import fused
from credit_plugins.compose import Estimator
from credit_plugins.config import build_estimator
from credit_plugins.presets import PRESETS

from .batches import batches, edit, fill_masked, to_dtype
from .laws import close
from .subjects import ACTIVE_CREDIT, NEUTRAL_CREDIT

SEPA = {"schedule": "constant", "value": 0.7, "gate": 0.0}
FUSING = [name for name in PRESETS if name.split("_hicra")[0].endswith(("gtpo", "sepa"))]
CREDITS = {
    "active": ACTIVE_CREDIT,
    "strong": {"gtpo": {"beta": 1.0}, "hicra": {"alpha": 1.0}, "sepa": {**SEPA, "value": 1.0}},
    "neutral": NEUTRAL_CREDIT,
    "off": {**ACTIVE_CREDIT, "gtpo": {"beta": 0.5, "negative": "off"}},
    "adaptive": {"sepa": {"schedule": "adaptive", "warmup": 1, "gate": 0.0, "steps": 50}},
    "surprisal": {**ACTIVE_CREDIT, "gtpo": {"beta": 0.5, "signal": "surprisal"}},
}


def same_metrics(ours, theirs, tolerance):
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert ours[name] == pytest.approx(theirs[name], rel=tolerance, abs=tolerance), name


def agree(estimator, batch, tolerance=1e-5):
    assert estimator.plan is not None
    state = estimator.init_state()
    fast, slow = estimator(batch, state), estimator.by_operators(batch, state)
    assert fast.advantage_BT.dtype == slow.advantage_BT.dtype
    close(fast.advantage_BT, slow.advantage_BT, tolerance)
    same_metrics(fast.metrics, slow.metrics, max(10 * tolerance, 1e-6))


@pytest.mark.parametrize("credit", CREDITS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_the_whole_composition(credit, dtype):
    estimator = build_estimator("maxrl_gtpo_sepa_hicra", CREDITS[credit])

    @settings(max_examples=30, deadline=None)
    @given(batches())
    def check(batch):
        agree(estimator, to_dtype(batch, dtype), 1e-9 if dtype == torch.float64 else 1e-5)

    check()


@pytest.mark.parametrize("name", FUSING)
def test_every_preset_that_fuses(name):
    estimator = build_estimator(name, ACTIVE_CREDIT)

    @settings(max_examples=10, deadline=None)
    @given(batches())
    def check(batch):
        agree(estimator, to_dtype(batch, torch.float64), 1e-9)
        without = {n: x for n, x in batch.signals.items() if n != "planning_BT"}
        if "planning_BT" not in estimator.needs:
            agree(estimator, replace(batch, signals=without))

    check()


@settings(max_examples=60, deadline=None)
@given(batches(), st.sampled_from([math.nan, math.inf, -math.inf, -1.0, 60.0]), st.data())
def test_signals_that_must_be_cleaned(batch, junk, data):
    """Under the mask: one token anywhere, counted alike."""
    entropy_BT = batch.signals["entropy_BT"].clone()
    row = data.draw(st.integers(0, len(entropy_BT) - 1))
    entropy_BT[row, data.draw(st.integers(0, entropy_BT.shape[1] - 1))] = junk
    estimator = build_estimator("maxrl_gtpo_sepa_hicra", ACTIVE_CREDIT)
    agree(estimator, to_dtype(batch.with_signals({"entropy_BT": entropy_BT}), torch.float64), 1e-9)


@settings(max_examples=30, deadline=None)
@given(batches())
def test_junk_in_masked_slots_gives_the_same_bits(batch):
    estimator = build_estimator("maxrl_gtpo_sepa_hicra", ACTIVE_CREDIT)
    expected = estimator(fill_masked(batch, 0.0), estimator.init_state()).advantage_BT
    for junk in (math.nan, math.inf, -1e30):
        answer = estimator(fill_masked(batch, junk), estimator.init_state()).advantage_BT
        assert torch.equal(answer, expected)


@settings(max_examples=30, deadline=None)
@given(batches(min_rows=2), st.integers(1, 5))
def test_the_size_of_a_chunk_is_no_matter(batch, rows):
    estimator = build_estimator("maxrl_gtpo_sepa_hicra", CREDITS["adaptive"])
    whole = estimator(batch, estimator.init_state())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused, "CHUNK_TOKENS", rows * batch.mask_BT.shape[1])
        parts = estimator(batch, estimator.init_state())
    assert torch.equal(parts.advantage_BT, whole.advantage_BT)
    same_metrics(parts.metrics, whole.metrics, 1e-9)
    assert parts.state == whole.state


@settings(max_examples=20, deadline=None)
@given(batches(min_rows=2))
def test_what_is_not_finite_is_counted_over_all_chunks(batch):
    estimator = build_estimator("maxrl_gtpo_sepa_hicra", ACTIVE_CREDIT)
    batch = batch.with_signals({"entropy_BT": torch.full(batch.mask_BT.shape, math.inf)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fused, "CHUNK_TOKENS", batch.mask_BT.shape[1])
        found = estimator(batch, estimator.init_state()).metrics["credit/nonfinite"]
    assert found == batch.mask_BT.sum()


def test_state_of_the_adaptive_schedule():
    credit = {"sepa": {"schedule": "adaptive", "warmup": 2, "gate": 0.3, "ema_decay": 0.5}}
    estimator = build_estimator("maxrl_gtpo_sepa", credit)
    fast = slow = estimator.init_state()

    @settings(max_examples=20, deadline=None)
    @given(batches(), st.integers(1, 1000))
    def check(batch, step):
        nonlocal fast, slow
        batch = replace(edit(to_dtype(batch, torch.float64)), step=step)
        fast, slow = estimator(batch, fast).state, estimator.by_operators(batch, slow).state
        assert fast["opened_at"] == slow["opened_at"]
        for name, value in slow["inner"].items():
            assert fast["inner"][name] == (value and pytest.approx(value, rel=1e-9))

    check()


@pytest.mark.parametrize(
    "credit",
    [
        {"gtpo": {"negative": "inverse"}},
        {"sepa": {"mode": "one_sided"}},
        {"sepa": {"mode": "amplify"}},
        {"sepa": {"scope": "group"}},
        {"hicra": {"centered": True}},
    ],
)
def test_what_is_not_affine_runs_by_operators(credit):
    assert build_estimator("maxrl_gtpo_sepa_hicra", credit).plan is None


@pytest.mark.parametrize("name", [name for name in PRESETS if name not in FUSING])
def test_what_has_no_gtpo_runs_by_operators(name):
    assert build_estimator(name).plan is None


def test_other_operators_do_not_fuse():
    lists = (["maxrl", "gtpo", "boost"], ["maxrl", "gtpo", "entropy_mask"], ["maxrl", "gtpo_paper"])
    for parts in lists[:2]:
        assert build_estimator("credit", {"compose": parts}).plan is None
    estimator = build_estimator("maxrl_gtpo")
    stranger = Estimator(**{**vars(estimator), "token": {"gtpo": lambda adv_BT, batch: adv_BT}})
    assert stranger.plan is None


@pytest.mark.parametrize("number", ["beta", "alpha"])
def test_the_comparison_bites(number, monkeypatch):
    """A plan with a number that is off is seen."""
    estimator = build_estimator("maxrl_gtpo_sepa_hicra", ACTIVE_CREDIT)
    right = estimator.plan
    wrong = replace(right, **{number: getattr(right, number) + 0.01})
    monkeypatch.setattr(Estimator, "plan", wrong)

    @settings(
        max_examples=100, deadline=None, derandomize=True, database=None, report_multiple_bugs=False
    )
    @given(batches(max_rows=8))
    def check(batch):
        agree(estimator, batch)

    with pytest.raises(AssertionError):
        check()
