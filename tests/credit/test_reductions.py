"""One operator as a special case of another, and the theorem about what pooling can do."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_plugins.batch import CreditBatch
from credit_plugins.config import build_chain
from credit_plugins.episode.grpo import grpo
from credit_plugins.episode.maxrl import maxrl
from credit_plugins.episode.opo import opo
from credit_plugins.episode.rloo import rloo
from credit_plugins.errors import RewardContractError
from credit_plugins.registry import find, own
from credit_plugins.signal.sepa import sepa

from .batches import batches, clean, edit, planning, to_dtype
from .laws import close
from .stats import gtpo_weights

relaxed = settings(max_examples=40, deadline=None)


def wide(batch):
    return to_dtype(clean(batch), torch.float64)


# ---- episode ----------------------------------------------------------------------------------


def test_maxrl_of_pairs_is_rloo():
    reward = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    group = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
    close(partial(maxrl, eps=0.0)(reward, group), rloo(reward, group), 1e-15)


@relaxed
@given(batches())
def test_maxrl_of_order_one_is_rloo(batch):
    reward, group = batch.reward_B.double(), batch.group_B
    _, index, size = group.unique(return_inverse=True, return_counts=True)
    several = size[index] > 1
    close(partial(maxrl, order=1)(reward, group)[several], rloo(reward, group)[several], 1e-12)


@relaxed
@given(batches())
def test_opo_of_equal_lengths_is_dr_grpo(batch):
    reward, group = batch.reward_B.double(), batch.group_B
    length_B = torch.full_like(group, 5)
    close(opo(reward, group, length_B=length_B), partial(grpo, std=False)(reward, group), 1e-12)


@relaxed
@given(batches())
def test_maxrl_is_mean_only_grpo_over_the_success_rate(batch):
    reward, group = batch.reward_B.double(), batch.group_B
    for g in group.unique():
        rows = group == g
        rate = reward[rows].mean()
        if rate > 0 and rows.sum() > 1:
            ours = partial(maxrl, eps=0.0)(reward, group)[rows]
            close(ours, partial(grpo, std=False)(reward, group)[rows] / rate, 1e-12)


@relaxed
@given(batches())
def test_rloo_is_mean_only_grpo_with_bessels_factor(batch):
    reward, group = batch.reward_B.double(), batch.group_B
    for g in group.unique():
        rows = group == g
        n = int(rows.sum())
        if n > 1:
            expected = partial(grpo, std=False)(reward, group)[rows] * n / (n - 1)
            close(rloo(reward, group)[rows], expected, 1e-12)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0, 0.5, 1.0001, 2.0])
def test_maxrl_refuses_what_is_not_binary(bad):
    with pytest.raises(RewardContractError, match=r"exactly 0 or 1; 1 of 3 are not"):
        maxrl(torch.tensor([1.0, bad, 0.0]), torch.zeros(3).long())


@pytest.mark.parametrize("reward", [0.0, 1.0])
def test_a_group_of_one(reward):
    alone = torch.tensor([reward]), torch.tensor([4])
    assert maxrl(*alone).item() == 0.0
    assert rloo(*alone).item() == reward
    assert grpo(*alone).item() == pytest.approx(reward)


@pytest.mark.parametrize("name", own("episode"))
def test_no_rows_give_no_advantages(name):
    none = torch.zeros(0).long()
    lengths = {"length_B": none} if find(name).wants_length else {}
    assert find(name)(torch.zeros(0), none, **lengths).shape == (0,)


# ---- SEPA with GTPO ---------------------------------------------------------------------------


@relaxed
@given(batches(), st.sampled_from([0.1, 0.5, 0.94, 1.0]), st.sampled_from([0.1, 0.5, 1.0]))
def test_pooling_leaves_every_planning_weight_as_it_was(batch, lam, beta):
    """The theorem of design.md, section 7."""
    batch = wide(batch)
    before = batch.signals["entropy_BT"]
    after = partial(sepa, lam=lam)(before, batch)
    planning_BT = planning(batch)
    old, new = (gtpo_weights(s, batch.mask_BT, beta=beta) for s in (before, after))
    close(new[planning_BT], old[planning_BT], 1e-12)


@relaxed
@given(batches(), st.sampled_from([0.1, 0.5, 1.0]), st.sampled_from([0.1, 0.5, 1.0]))
def test_one_sided_pooling_raises_every_planning_weight(batch, lam, beta):
    """Strictly, wherever there is something to pool and the planning token has a signal."""
    batch = wide(batch)
    before = torch.where(batch.mask_BT, batch.signals["entropy_BT"], 0.0)
    after = partial(sepa, lam=lam, mode="one_sided")(before, batch)
    old, new = (gtpo_weights(s, batch.mask_BT, beta=beta) for s in (before, after))
    lowered_B1 = (before - after).sum(1, keepdim=True) > 1e-6
    raised_BT = planning(batch) & lowered_B1 & (before > 0)
    assert (new[raised_BT] > old[raised_BT]).all()
    close(new[planning(batch) & ~lowered_B1], old[planning(batch) & ~lowered_B1], 1e-6)


@relaxed
@given(batches(), st.sampled_from([0.1, 1.0]))
def test_raw_amplification_leaves_planning_weights_alone_too(batch, lam):
    batch = wide(batch)
    before = batch.signals["entropy_BT"]
    after = partial(sepa, lam=lam, mode="amplify")(before, batch)
    old, new = (gtpo_weights(s, batch.mask_BT, beta=0.1) for s in (before, after))
    close(new[planning(batch)], old[planning(batch)], 1e-12)


def test_the_theorem_is_about_pooling_per_completion():
    """Over a group it fails: a completion's mean moves towards the others'."""
    signal_BT = torch.tensor([[1.0, 2.0, 3.0], [7.0, 8.0, 9.0]]).double()
    planning_BT = torch.tensor([[False, True, False]] * 2)
    everything = torch.ones(2, 3, dtype=torch.bool)
    group_B = torch.zeros(2).long()
    batch = CreditBatch(torch.ones(2), group_B, everything, {"planning_BT": planning_BT})
    old = gtpo_weights(signal_BT, everything, beta=0.1)
    for scope, same in (("completion", True), ("group", False), ("batch", False)):
        after = partial(sepa, lam=1.0, scope=scope)(signal_BT, batch)
        new = gtpo_weights(after, everything, beta=0.1)
        assert torch.allclose(new[planning_BT], old[planning_BT], atol=1e-9) == same


@relaxed
@given(batches(), st.floats(0, 1), st.floats(0, 1))
def test_pooling_twice_is_pooling_once_more_strongly(batch, first, second):
    batch = wide(batch)
    signal_BT = batch.signals["entropy_BT"]
    twice = partial(sepa, lam=second)(partial(sepa, lam=first)(signal_BT, batch), batch)
    once = partial(sepa, lam=1 - (1 - first) * (1 - second))(signal_BT, batch)
    close(twice, once, 1e-10)


@relaxed
@given(batches(), st.floats(0, 1))
def test_pooling_commutes_with_scaling(batch, lam):
    batch = wide(batch)
    signal_BT = batch.signals["entropy_BT"]
    close(
        partial(sepa, lam=lam)(3 * signal_BT, batch),
        3 * partial(sepa, lam=lam)(signal_BT, batch),
        1e-10,
    )


@relaxed
@given(batches())
def test_full_pooling_without_planning_is_gtpo_switched_off(batch):
    batch = wide(batch).with_signals({"planning_BT": torch.zeros_like(batch.mask_BT)})
    pooled_BT = partial(sepa, lam=1.0)(batch.signals["entropy_BT"], batch)
    weight_BT = gtpo_weights(pooled_BT, batch.mask_BT, beta=0.7)
    close(weight_BT[batch.mask_BT], torch.ones(int(batch.mask_BT.sum())), 1e-6)


def test_pooling_without_execution_tokens_changes_nothing():
    everything = torch.ones(2, 3, dtype=torch.bool)
    batch = CreditBatch(
        torch.ones(2), torch.zeros(2).long(), everything, {"planning_BT": everything}
    )
    signal_BT = torch.rand(2, 3)
    assert torch.equal(partial(sepa, lam=1.0)(signal_BT, batch), signal_BT)


# ---- whole estimators -------------------------------------------------------------------------


@relaxed
@given(batches(), st.sampled_from(["grpo", "rloo", "maxrl"]))
def test_gtpo_keeps_the_advantage_mass_of_each_completion(batch, episode):
    plain = build_chain(episode)(batch, {}).advantage_BT
    weighted = build_chain(f"{episode}_gtpo", {"gtpo": {"beta": 0.8}})(batch, {}).advantage_BT
    close(weighted.sum(1), plain.sum(1), 1e-4)


@relaxed
@given(batches())
def test_surprisal_and_entropy_differ_only_in_what_is_read(batch):
    swapped = batch.with_signals(
        {
            "entropy_BT": batch.signals["surprisal_BT"],
            "surprisal_BT": batch.signals["entropy_BT"],
        }
    )
    by_surprisal = build_chain("maxrl_gtpo", {"gtpo": {"signal": "surprisal"}})
    by_entropy = build_chain("maxrl_gtpo")
    assert torch.equal(by_surprisal(batch, {}).advantage_BT, by_entropy(swapped, {}).advantage_BT)


@relaxed
@given(batches(), st.integers(0, 3))
def test_rows_without_tokens_in_a_group_of_their_own_change_nothing(batch, extra):
    """Padding rows that an adapter failed to drop are harmless to everyone else."""

    def pad(x):
        fill = torch.zeros(extra, *x.shape[1:], dtype=x.dtype)
        return torch.cat([x, fill])

    padded = edit(batch, row=pad, token=pad)
    rows = len(batch.reward_B)
    group = padded.group_B.clone()
    group[rows:] = 99
    padded = replace(padded, group_B=group)
    estimator = build_chain("maxrl_gtpo_hicra")
    answer = estimator(padded, {}).advantage_BT
    close(answer[:rows], estimator(batch, {}).advantage_BT)
    assert (answer[rows:] == 0).all()
