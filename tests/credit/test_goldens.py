"""The worked numbers of the reference (1.6, 2.8, 3.6, 4.6, C7, C8), computed there in float64."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from credit_plugins.batch import CreditBatch
from credit_plugins.config import build_chain
from credit_plugins.episode.maxrl import maxrl
from credit_plugins.signal.sepa import sepa
from credit_plugins.token.hicra import hicra

from .batches import clean
from .batches import planning as planned
from .stats import gtpo_weights, masked_var

SIGNAL = [0.2, 0.3, 1.8, 0.1, 0.9, 0.2, 2.1, 0.3, 0.1, 0.2]
PLANNING = [i in (2, 6) for i in range(10)]
# GTPO at beta .1: of all tokens, and of the execution tokens after pooling at lambda .5.
WEIGHTS = [0.93225806, 0.94838710, 1.19032258, 0.91612903, 1.04516129]
WEIGHTS += [0.93225806, 1.23870967, 0.94838710, 0.91612903, 0.93225806]
POOLED_WEIGHTS = [0.93931452, 0.94737903, 0.93125, 0.99576613]
POOLED_WEIGHTS += [0.93931452, 0.94737903, 0.93125, 0.93931452]


def wide(rows):
    return torch.tensor(rows, dtype=torch.float64)


def batch_of(reward, signal=SIGNAL, planning=PLANNING, mask=None):
    n = len(reward)
    mask_BT = torch.tensor([mask or [True] * len(signal)] * n, dtype=torch.bool)
    signals = {
        "entropy_BT": wide([signal] * n),
        "planning_BT": torch.tensor([planning] * n),
    }
    return CreditBatch(wide(reward), torch.zeros(n, dtype=torch.long), mask_BT, signals)


def close(left, right, tolerance=6e-9):
    torch.testing.assert_close(left, wide(right), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("reward", "expected"),
    [
        ([1, 0, 0, 0], [2.999988, -0.999996, -0.999996, -0.999996]),
        ([1, 1, 1, 0], [0.33333289, 0.33333289, 0.33333289, -0.99999867]),
        ([1, *[0] * 15], [14.99976, *[-0.999984] * 15]),
    ],
)
def test_maxrl(reward, expected):
    close(maxrl(wide(reward), torch.zeros(len(reward)).long()), expected, 1e-6)


def test_maxrl_groups_under_one_id_mix():
    reward = wide([1, 0, 0, 0, 1, 1, 1, 0])
    mixed = partial(maxrl, eps=0.0)(reward, torch.zeros(8).long())
    apart = partial(maxrl, eps=0.0)(reward, torch.tensor([0, 0, 0, 0, 1, 1, 1, 1]))
    close(mixed, [1, -1, -1, -1, 1, 1, 1, -1])
    close(apart, [3, -1, -1, -1, 1 / 3, 1 / 3, 1 / 3, -1])


@pytest.mark.parametrize(
    ("beta", "expected", "tolerance"),
    [
        (
            0.1,
            WEIGHTS,
            6e-9,
        ),
        (2.0, [0, 0, 4.80645, 0, 1.90323, 0, 5.77419, 0, 0, 0], 6e-6),
    ],
)
def test_gtpo_weights(beta, expected, tolerance):
    weights = gtpo_weights(wide([SIGNAL]), torch.ones(1, 10, dtype=torch.bool), beta=beta)
    close(weights[0], expected, tolerance)


def test_gtpo_mean_weight():
    mask = torch.ones(1, 10, dtype=torch.bool)
    assert gtpo_weights(wide([SIGNAL]), mask, beta=0.1).mean() == pytest.approx(
        1 - 1.6e-9, abs=1e-10
    )
    assert gtpo_weights(wide([SIGNAL]), mask, beta=2.0).mean() == pytest.approx(1.24839, abs=1e-5)
    faint = torch.full((1, 10), 1.0001e-7, dtype=torch.float64)
    assert gtpo_weights(faint, mask, beta=0.1).mean() == pytest.approx(0.99091, abs=1e-5)


def test_gtpo_weighs_uniformly_below_its_floor():
    mask = torch.ones(1, 2, dtype=torch.bool)
    assert gtpo_weights(wide([[0.0, 1.98e-7]]), mask, beta=1.0).tolist() == [[1.0, 1.0]]
    assert gtpo_weights(wide([[0.0, 2.02e-7]]), mask, beta=1.0)[0, 0] < 0.1


def test_gtpo_ignores_padding_that_would_shift_its_mean():
    padded = wide([SIGNAL + [0.0] * 10])
    mask = torch.tensor([[True] * 10 + [False] * 10])
    assert gtpo_weights(padded, mask, beta=0.1)[mask].mean() == pytest.approx(1.0)
    everything = gtpo_weights(padded, torch.ones_like(mask), beta=0.1)
    assert everything[mask].mean() == pytest.approx(1.1)  # the mistake that the mask prevents


@pytest.mark.parametrize(
    ("lam", "pooled", "variance", "weights"),
    [
        (
            0.5,
            [0.24375, 0.29375, 0.19375, 0.59375, 0.24375, 0.29375, 0.19375, 0.24375],
            0.0146484375,
            POOLED_WEIGHTS,
        ),
        (1.0, [0.2875] * 8, 0.0, [0.94637097] * 8),
        (0.0, [s for s, p in zip(SIGNAL, PLANNING, strict=True) if not p], 0.05859375, None),
    ],
)
def test_sepa_pools_and_leaves_planning_weights_alone(lam, pooled, variance, weights):
    batch = batch_of([1.0])
    signal_BT = batch.signals["entropy_BT"]
    after = partial(sepa, lam=lam)(signal_BT, batch)
    exec_BT = ~planned(batch)
    close(after[exec_BT], pooled)
    close(masked_var(after, exec_BT)[0], [variance])

    weight_BT = gtpo_weights(after, batch.mask_BT, beta=0.1)
    close(weight_BT[~exec_BT], [1.19032258, 1.23870967])
    if weights:
        close(weight_BT[exec_BT], weights)
    share = weight_BT[~exec_BT].sum() / weight_BT.sum()
    assert share == pytest.approx(0.24290323, abs=6e-9)


@pytest.mark.parametrize(("lam", "cosine"), [(0.0, 0.99364), (0.5, 0.99409), (1.0, 0.99424)])
def test_cosine_of_the_weights_to_uniform(lam, cosine):
    credit = {"sepa": {"lam": lam}}
    metrics = build_chain("maxrl_gtpo_sepa", credit)(batch_of([1, 0, 0, 0]), {}).metrics
    assert metrics["credit/weight/cosine"] == pytest.approx(cosine, abs=6e-6)
    assert metrics["credit/share/planning"] == pytest.approx(0.24290323, abs=6e-9)


@pytest.mark.parametrize(
    ("alpha", "expected"), [(0.2, [3.6, 3, -0.8, -1, 0]), (1.0, [6, 3, 0, -1, 0])]
)
def test_hicra(alpha, expected):
    planning = [True, False, True, False, True]
    batch = batch_of([1.0], signal=[0.0] * 5, planning=planning)
    close(partial(hicra, alpha=alpha)(wide([[3, 3, -1, -1, 0]]), batch)[0], expected)


def test_c7_maxrl_gtpo_hicra():
    answer = build_chain("maxrl_gtpo_hicra")(batch_of([1, 0, 0, 0]), {}).advantage_BT
    close(answer[0, [2, 6]], [4.28514413, 4.45933698])
    close(answer[1, [2, 6]], [-0.95225425, -0.99096377])
    plain = build_chain("maxrl_gtpo")(batch_of([1, 0, 0, 0]), {}).advantage_BT
    assert torch.equal(answer[:, [0, 1, 3, 4]], plain[:, [0, 1, 3, 4]])


def test_c8_maxrl_gtpo_sepa():
    credit = {"sepa": {"lam": 0.5}}
    answer = build_chain("maxrl_gtpo_sepa", credit)(batch_of([1, 0, 0, 0]), {}).advantage_BT
    expected = [2.81793, 2.84213, 3.57095, 2.79374, 2.98729]
    expected += [2.81793, 3.71611, 2.84213, 2.79374, 2.81793]
    close(answer[0], expected, 1e-5)
    torch.testing.assert_close(answer[1], -answer[0] / 3)


def test_hicra_pays_for_planning_in_a_group_that_cancels():
    batch = batch_of([1, 0, 0, 0])
    assert build_chain("maxrl_gtpo")(batch, {}).advantage_BT.sum() == pytest.approx(0, abs=1e-9)
    paid = build_chain("maxrl_gtpo_hicra")(batch, {}).advantage_BT.sum()
    assert paid == pytest.approx(2.9148, abs=6e-5)


@pytest.mark.parametrize(
    ("lam", "expected"),
    [(0.0, [1, 1.1, 0, 0, 0.94, 0.96]), (0.5, [0.98333, 1.1, 0, 0, 0.95333, 0.96333])],
)
def test_several_turns_ignore_tool_tokens(lam, expected):
    mask = [True, True, False, False, True, True]
    planning = [False, True, False, False, False, False]
    batch = batch_of([1.0], [0.5, 1, 3, 4, 0.2, 0.3], planning, mask)
    batch = clean(batch)
    after = partial(sepa, lam=lam)(batch.signals["entropy_BT"], batch)
    close(gtpo_weights(after, batch.mask_BT, beta=0.1)[0], expected, 6e-6)
