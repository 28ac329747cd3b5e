"""Laws of boost, centred HICRA and entropy mask; twins that break them; worked numbers."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given, settings

from credit_plugins.batch import CreditBatch
from credit_plugins.ranking import top_mask
from credit_plugins.signal.boost import boost
from credit_plugins.signal.sepa import sepa
from credit_plugins.token.entropy_mask import entropy_mask
from credit_plugins.token.hicra import hicra

from . import laws, twins_planning
from . import laws_planning as own
from .batches import ADVANTAGE, batches, clean, planning
from .laws import close
from .stats import gtpo_weights
from .subjects import subject, twin_of
from .test_goldens import SIGNAL, batch_of, wide
from .test_laws_family import goes_red

BOOST = subject("boost", gamma=own.GAMMA)
CENTERED = subject("hicra", alpha=0.3, centered=True)
MASK, BATCH_MASK = (
    subject("entropy_mask", share=own.SHARE, scope=scope) for scope in ("completion", "batch")
)
PAIRS = [
    *((BOOST, law) for law in own.BOOST_LAWS),
    *((CENTERED, law) for law in [*laws.TOKEN_LAWS, *own.CENTERED_LAWS]),
    *((MASK, law) for law in own.ENTROPY_MASK_LAWS),
    *((BATCH_MASK, law) for law in [*laws.TOKEN_LAWS, *own.ENTROPY_MASK_LAWS]),
]


@pytest.mark.parametrize(
    ("member", "law"), PAIRS, ids=lambda x: getattr(x, "__name__", None) or x.operator.name
)
def test_obeys(member, law):
    @settings(max_examples=30, deadline=None)
    @given(batches())
    def check(batch):
        law(member, batch)

    check()


@pytest.mark.parametrize(
    ("member", "function", "law"),
    [
        *((BOOST, *row) for row in twins_planning.BOOST_TWINS),
        *((CENTERED, *row) for row in twins_planning.CENTERED_TWINS),
        *((MASK, *row) for row in twins_planning.ENTROPY_MASK_TWINS),
    ],
)
def test_twin_turns_its_law_red(member, function, law):
    assert goes_red(law, twin_of(member, function))


# ---- boost ------------------------------------------------------------------------------------


def test_boosted_weights():
    """mean(S) = 0.62, so gamma .3 adds .186 to two of ten tokens and lifts the mean to .6572."""
    batch = batch_of([1.0])
    after = boost(batch.signals["entropy_BT"], batch, gamma=0.3)
    expected = [s + 0.186 * (i in (2, 6)) for i, s in enumerate(SIGNAL)]
    close(after[0], wide(expected), 1e-12)
    weight_BT = gtpo_weights(after, batch.mask_BT, beta=0.1)
    close(weight_BT[0, [2, 6]], wide([1 + 0.1 * (s / 0.6572 - 1) for s in (1.986, 2.286)]), 1e-7)


@settings(max_examples=40, deadline=None)
@given(batches())
def test_boost_commutes_with_pooling(batch):
    batch = clean(batch)
    signal_BT = batch.signals["entropy_BT"]
    pool, raise_ = partial(sepa, lam=0.7), partial(boost, gamma=0.4)
    close(raise_(pool(signal_BT, batch), batch), pool(raise_(signal_BT, batch), batch), 1e-4)


@settings(max_examples=40, deadline=None)
@given(batches())
def test_boost_moves_weight_to_planning_and_keeps_the_mean(batch):
    """What sets it apart from the advantage form: nothing is paid that others do not lose."""
    planning_BT, batch = planning(batch), clean(batch)
    signal_BT = batch.signals["entropy_BT"]
    old, new = (
        gtpo_weights(s, batch.mask_BT, beta=0.5)
        for s in (signal_BT, boost(signal_BT, batch, gamma=own.GAMMA))
    )
    close(new.sum(1), old.sum(1), 1e-4)
    assert (torch.where(planning_BT, new - old, 0.0).sum(1) >= -1e-5).all()


# ---- centred HICRA ----------------------------------------------------------------------------


def test_centered_hicra():
    """A = [3,3,-1,-1,0], P = [1,0,1,0,1]: planning carries 4 of 8, so c = .5."""
    plans = [True, False, True, False, True]
    batch = batch_of([1.0], signal=[0.0] * 5, planning=plans)
    answer = hicra(wide([[3, 3, -1, -1, 0]]), batch, alpha=0.2, centered=True)[0]
    close(answer, wide([3.3, 2.7, -0.9, -1.1, 0]), 1e-12)


def test_centering_takes_back_what_phrase_farming_earns():
    """A failing rollout that only plans gains in the published form and nothing once centred."""
    batch = batch_of([0.0, 0.0], signal=[0.0] * 4, planning=[True] * 4)
    adv_BT = wide([[-1.0] * 4] * 2)
    assert hicra(adv_BT, batch, alpha=0.2).sum() == pytest.approx(-6.4)
    close(hicra(adv_BT, batch, alpha=0.2, centered=True), adv_BT, 1e-12)


def test_a_lone_success_keeps_its_sign_beside_long_failures_that_plan():
    """Where an equal cost per token would not: 100 planning tokens of -1 against one of .1."""
    mask_BT = torch.ones(2, 100, dtype=torch.bool)
    mask_BT[0, 1:] = False
    planning_BT = torch.zeros_like(mask_BT)
    planning_BT[1] = True
    batch = CreditBatch(wide([1, 0]), torch.zeros(2).long(), mask_BT, {"planning_BT": planning_BT})
    adv_BT = torch.where(mask_BT, wide([[0.1], [-1.0]]), 0.0)
    answer = hicra(adv_BT, batch, alpha=1.0, centered=True)
    assert answer[0, 0] > 0
    assert answer.sum() == pytest.approx(adv_BT.sum().item())


# ---- entropy mask -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entropy", "share", "expected"),
    [
        ([0.1, 0.9, 0.5, 0.3, 0.7], 0.4, [0, 1, 0, 0, 1]),
        ([0.0, 0.0, 0.0, 0.0, 0.7], 0.4, [0.25, 0.25, 0.25, 0.25, 1]),
        ([0.0] * 5, 0.4, [0.4] * 5),
        ([0.1, 0.9, 0.5, 0.3, 0.7], 0.0, [0, 1, 0, 0, 0]),
        ([0.1, 0.9, 0.5, 0.3, 0.7], 1.0, [1, 1, 1, 1, 1]),
    ],
)
def test_entropy_mask(entropy, share, expected):
    batch = batch_of([1.0], signal=entropy, planning=[False] * 5)
    close(entropy_mask(torch.ones(1, 5).double(), batch, share=share)[0], wide(expected), 1e-12)


def test_a_share_that_floating_point_cannot_hold():
    """0.29 * 100 is 28.999...; it must keep 29."""
    batch = batch_of([1.0], signal=[i / 10 for i in range(100)], planning=[False] * 100)
    assert entropy_mask(torch.ones(1, 100).double(), batch, share=0.29).sum().item() == 29


def test_masked_slots_are_no_rivals_of_negative_signals():
    """As raw amplification makes them: -1 is the largest of two, whatever the padding holds."""
    batch = batch_of([1.0], [-2.0, -1.0, 0.0], [False] * 3, mask=[True, True, False])
    assert entropy_mask(torch.ones(1, 3).double(), batch, share=0.5).tolist() == [[0, 1, 0]]


def test_the_batch_is_ranked_as_one():
    mask_BT = torch.ones(2, 2, dtype=torch.bool)
    signals = {"entropy_BT": torch.tensor([[4.0, 3.0], [2.0, 1.0]])}
    batch = CreditBatch(torch.ones(2), torch.tensor([0, 1]), mask_BT, signals)
    ones = torch.ones(2, 2)
    kept = {s: entropy_mask(ones, batch, share=0.5, scope=s) for s in ("completion", "batch")}
    assert kept["completion"].tolist() == [[1, 0], [1, 0]]
    assert kept["batch"].tolist() == [[1, 1], [0, 0]]


@settings(max_examples=40, deadline=None)
@given(batches())
def test_the_mask_of_a_share_is_where_it_keeps_everything(batch):
    ones = batch.with_signals({ADVANTAGE: torch.ones_like(batch.signals[ADVANTAGE])})
    kept_BT = top_mask(batch.signals["entropy_BT"], batch.mask_BT, share=0.4, scope="completion")
    assert torch.equal(kept_BT, MASK(ones) == 1)
