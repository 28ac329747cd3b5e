"""What a composed estimator returns beside advantages: state, metrics, and refusals."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings

from credit_plugins.batch import CreditBatch
from credit_plugins.check.batches import batches as check_batches
from credit_plugins.config import build_chain
from credit_plugins.errors import MissingSignalError, RewardContractError
from credit_plugins.presets import estimator_names

from .batches import batches
from .subjects import ACTIVE_CREDIT

ALL = "maxrl_gtpo_sepa_hicra"


def make(reward=(1, 0, 0, 0), group=(0, 0, 0, 0), step=1, slots=6):
    torch.manual_seed(0)
    rows = len(reward)
    mask_BT = torch.ones(rows, slots, dtype=torch.bool)
    mask_BT[0, 4:] = False
    planning_BT = torch.zeros(rows, slots, dtype=torch.bool)
    planning_BT[:, 1] = True
    signals = {"entropy_BT": torch.rand(rows, slots) + 0.1, "planning_BT": planning_BT}
    return CreditBatch(
        torch.tensor(reward, dtype=torch.float32), torch.tensor(group), mask_BT, signals, step
    )


# ---- state ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", estimator_names())
def test_state_is_plain_and_empty_unless_something_is_annealed(name):
    chain = build_chain(name)
    state = chain.init_state()
    assert json.loads(json.dumps(state)) == state
    assert bool(state) == ("sepa" in name or name == "credit")
    after = chain(make_with_surprisal(), state).state
    assert json.loads(json.dumps(after)) == after


def make_with_surprisal():
    batch = make()
    return batch.with_signals({"surprisal_BT": batch.signals["entropy_BT"]})


def test_the_gate_acts_from_the_next_step_and_is_sticky():
    chain = build_chain(
        ALL, {"sepa": {"lam": {"schedule": "linear", "steps": 10, "delay": 0, "gate": 0.25}}}
    )
    state, seen = chain.init_state(), []
    rewards = [(0, 0, 0, 0), (1, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)]
    for step, reward in enumerate(rewards, 1):
        result = chain(make(reward, step=step), state)
        state = json.loads(json.dumps(result.state))
        seen.append((result.metrics["credit/sepa/lam_gate"], result.metrics["credit/sepa/lam"]))
    assert seen == [(0.0, 0.0), (0.0, 0.0), (1.0, 0.3), (1.0, 0.4)]


def test_a_second_call_at_a_step_gives_the_same_answer_and_state():
    chain = build_chain(
        ALL, {"sepa": {"lam": {"schedule": "linear", "gate": 0.25, "steps": 10, "delay": 0}}}
    )
    first = chain(make(step=5), chain.init_state())
    second = chain(make(step=5), first.state)
    assert second.state == first.state
    assert second.metrics == first.metrics
    assert torch.equal(second.advantage_BT, first.advantage_BT)
    # a first half of the step that fails the gate is not overruled by a second that passes
    closed = chain(make((0, 0, 0, 0), step=5), chain.init_state())
    assert chain(make(step=5), closed.state).state == closed.state


def test_the_state_passed_in_is_untouched():
    chain = build_chain(ALL)
    state = chain.init_state()
    chain(make(), state)
    assert state == chain.init_state()


def test_a_checkpoint_of_an_estimator_without_state_starts_a_closed_gate():
    chain = build_chain(ALL)
    assert chain(make(), {}).state == chain(make(), chain.init_state()).state


# ---- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["entropy_BT", "planning_BT"])
def test_a_missing_signal_is_named(missing):
    batch = make()
    kept = {name: x for name, x in batch.signals.items() if name != missing}
    with pytest.raises(MissingSignalError) as caught:
        build_chain(ALL)(replace(batch, signals=kept), {})
    assert f"{ALL}: needs signals ['{missing}']; the batch has {sorted(kept)}" in str(caught.value)


def test_maxrl_refuses_shaped_rewards_and_grpo_does_not():
    batch = make((0.5, 1, 0, 0))
    with pytest.raises(RewardContractError, match=r"first is 0\.5"):
        build_chain("maxrl_gtpo")(batch, {})
    assert torch.isfinite(build_chain("grpo_gtpo")(batch, {}).advantage_BT).all()


# ---- broken signals ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["maxrl_gtpo", ALL])
def test_a_nan_under_the_mask_makes_its_completion_uniform_and_is_counted(name):
    chain = build_chain(name, {**ACTIVE_CREDIT, "hicra": {"alpha": 0.0}})
    batch = make()
    entropy_BT = batch.signals["entropy_BT"].clone()
    entropy_BT[1, 2] = float("nan")
    result = chain(batch.with_signals({"entropy_BT": entropy_BT}), chain.init_state())
    clean = chain(batch, chain.init_state())
    assert result.metrics["credit/nonfinite"] == 1.0
    assert clean.metrics["credit/nonfinite"] == 0.0
    others = [0, 2, 3]
    torch.testing.assert_close(result.advantage_BT[others], clean.advantage_BT[others])
    torch.testing.assert_close(result.advantage_BT[1], torch.full((6,), -0.999996))


@pytest.mark.parametrize("junk", [float("inf"), float("-inf"), -1e-7])
def test_infinite_and_negative_signals_are_clamped(junk):
    batch = make()
    entropy_BT = batch.signals["entropy_BT"].clone()
    entropy_BT[1, 2] = junk
    limit_BT = entropy_BT.clone()
    limit_BT[1, 2] = 50.0 if junk == float("inf") else 0.0
    chain = build_chain("maxrl_gtpo")
    got, expected = (
        chain(batch.with_signals({"entropy_BT": x}), {}).advantage_BT
        for x in (entropy_BT, limit_BT)
    )
    assert torch.equal(got, expected)


# ---- metrics ----------------------------------------------------------------------------------

NAMES = {
    *("credit/sepa/lam", "credit/sepa/lam_gate", "credit/correct_rate", "credit/planning_ratio"),
    *("credit/entropy/all_mean", "credit/entropy/all_var"),
    *(
        f"credit/entropy/{part}_{moment}{suffix}"
        for part in ("exec", "plan")
        for moment in ("mean", "var")
        for suffix in ("", "_sepa")
    ),
    *(f"credit/weight/{stat}" for stat in ("min", "mean", "max", "cosine")),
    "credit/share/planning",
    *(f"credit/group/{kind}" for kind in ("all_fail", "all_pass", "single", "count")),
    "credit/nonfinite",
}


def test_the_names():
    metrics = build_chain(ALL)(make(), {}).metrics
    assert set(metrics) == NAMES
    assert all(type(value) is float for value in metrics.values())


@pytest.mark.parametrize("name", estimator_names())
def test_no_name_asks_verl_to_add_values_up(name):
    for metric in build_chain(name)(make(), {}).metrics:
        assert metric.startswith("credit/")
        assert "sum" not in metric
        assert "total" not in metric


def test_the_word_after_credit_is_the_signal_that_was_read():
    chain = build_chain("maxrl_gtpo_sepa", {"gtpo": {"signal": "surprisal"}})
    metrics = chain(make_with_surprisal(), {}).metrics
    assert "credit/surprisal/exec_var_sepa" in metrics
    assert not any("entropy" in name for name in metrics)


def test_group_shares():
    # K=0 (three), K=N (two), a single failure, a single success, and a mixed pair
    reward = [0, 0, 0, 1, 1, 0, 1, 1, 0]
    group = [4, 4, 4, -2, -2, 8, 9, 5, 5]
    metrics = build_chain("maxrl")(make(reward, group), {}).metrics
    assert metrics["credit/group/count"] == 5.0
    assert metrics["credit/group/all_fail"] == pytest.approx(2 / 5)
    assert metrics["credit/group/all_pass"] == pytest.approx(2 / 5)
    assert metrics["credit/group/single"] == pytest.approx(2 / 5)
    assert metrics["credit/correct_rate"] == pytest.approx(4 / 9)


def test_correct_is_a_reward_above_one_half():
    metrics = build_chain("grpo")(make([0.1, 0.5, 0.6, 1.0]), {}).metrics
    assert metrics["credit/correct_rate"] == 0.5
    metrics = build_chain("grpo")(make([0.1, 0.5, 0.4, -1.0]), {}).metrics
    assert metrics["credit/group/all_fail"] == 1.0


def test_execution_variance_falls_by_exactly_the_square():
    chain = build_chain(ALL, ACTIVE_CREDIT)
    metrics = chain(make(), {}).metrics
    ratio = metrics["credit/entropy/exec_var_sepa"] / metrics["credit/entropy/exec_var"]
    assert ratio == pytest.approx((1 - 0.7) ** 2, rel=1e-4)
    for same in ("plan_mean", "plan_var"):
        before, after = (metrics[f"credit/entropy/{same}{end}"] for end in ("", "_sepa"))
        assert before == after


def test_means_are_over_tokens_and_variances_within_completions():
    batch = make((1, 0), (0, 0), slots=3)
    signals = {
        "entropy_BT": torch.tensor([[1.0, 9.0, 3.0], [5.0, 9.0, 5.0]]),
        "planning_BT": torch.tensor([[False, True, False]] * 2),
    }
    batch = replace(batch, mask_BT=torch.ones(2, 3, dtype=torch.bool), signals=signals)
    metrics = build_chain("maxrl_gtpo_sepa")(batch, {}).metrics
    assert metrics["credit/entropy/exec_mean"] == pytest.approx(3.5)
    assert metrics["credit/entropy/exec_var"] == pytest.approx(0.5)  # (1, 1, 0, 0) on average
    assert metrics["credit/planning_ratio"] == pytest.approx(1 / 3)


def test_what_has_no_tokens_is_absent():
    batch = make()
    without = batch.with_signals({"planning_BT": torch.zeros_like(batch.mask_BT)})
    metrics = build_chain(ALL)(without, {}).metrics
    assert "credit/entropy/plan_mean" not in metrics
    assert metrics["credit/planning_ratio"] == 0.0


def test_the_share_of_planning_at_uniform_weights_is_its_share_of_tokens():
    batch = replace(make(), mask_BT=torch.ones(4, 6, dtype=torch.bool))
    plain = build_chain("maxrl_gtpo_hicra", {"gtpo": {"beta": 0.0}, "hicra": {"alpha": 0.0}})
    assert plain(batch, {}).metrics["credit/share/planning"] == pytest.approx(1 / 6)


@pytest.mark.parametrize("name", estimator_names())
def test_an_empty_batch(name):
    none = torch.zeros(0, 5)
    signals = {"entropy_BT": none, "planning_BT": none.bool()}
    batch = CreditBatch(torch.zeros(0), torch.zeros(0).long(), none.bool(), signals)
    chain = build_chain(name)
    result = chain(batch, chain.init_state())
    assert result.advantage_BT.shape == (0, 5)
    assert not any(math.isnan(value) for value in result.metrics.values())


@settings(max_examples=60, deadline=None)
@given(batches())
def test_metrics_are_finite_and_in_range(batch):
    chain = build_chain(ALL, ACTIVE_CREDIT)
    metrics = chain(batch, chain.init_state()).metrics
    assert all(math.isfinite(value) for value in metrics.values())
    for name, value in metrics.items():
        if name.startswith(("credit/group/a", "credit/group/s", "credit/share", "credit/plan")):
            assert 0 <= value <= 1 + 1e-6
        if name == "credit/weight/cosine":
            assert 0 < value <= 1 + 1e-5
    if batch.mask_BT.any():
        assert metrics["credit/weight/mean"] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", [ALL, "gtpo_paper", "opo_gtpo_sepa"])
def test_the_size_of_a_block_is_no_matter(name, monkeypatch):
    """One group after another, wherever its rows stand, as all at once."""
    chain = build_chain(name, ACTIVE_CREDIT)
    for batch in check_batches(seed=7, count=20):
        whole = chain(batch, chain.init_state())
        with monkeypatch.context() as patch:
            patch.setattr("credit_plugins.chain.BLOCK_SLOTS", 1)
            parts = chain(batch, chain.init_state())
        assert torch.equal(parts.advantage_BT, whole.advantage_BT)
        assert parts.metrics.keys() == whole.metrics.keys()
        for metric, value in whole.metrics.items():
            assert parts.metrics[metric] == pytest.approx(value, rel=1e-5, abs=1e-5), metric
