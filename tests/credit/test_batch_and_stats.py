from __future__ import annotations

import pickle
from itertools import combinations
from math import comb

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_plugins.batch import CreditBatch
from credit_plugins.errors import MissingSignalError, RewardContractError
from credit_plugins.stats import choose_ratio, group_mean, pass_at_k, rows_by_group, widen

GOOD = {
    "reward_B": torch.ones(2),
    "group_B": torch.zeros(2).long(),
    "mask_BT": torch.ones(2, 3, dtype=torch.bool),
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mask_BT": torch.ones(2, 3)}, r"mask_BT must be bool \[B,T\]; it is float32 \[2, 3\]"),
        ({"mask_BT": torch.ones(2).bool()}, r"mask_BT must be bool \[B,T\]; it is bool \[2\]"),
        ({"reward_B": torch.ones(3)}, r"reward_B must be float \[2\]; it is float32 \[3\]"),
        ({"reward_B": torch.ones(2, 3)}, r"reward_B must be float \[2\]; it is float32 \[2, 3\]"),
        ({"reward_B": torch.ones(2).long()}, r"reward_B must be float \[2\]; it is int64 \[2\]"),
        ({"group_B": torch.zeros(2)}, r"group_B must be integer \[2\]; it is float32 \[2\]"),
        ({"group_B": torch.zeros(1).long()}, r"group_B must be integer \[2\]; it is int64 \[1\]"),
        (
            {"signals": {"entropy_BT": torch.ones(2, 4)}},
            r"entropy_BT must be \[2, 3\]; it is float32 \[2, 4\]",
        ),
    ],
)
def test_a_wrong_shape_or_type_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        CreditBatch(**{**GOOD, **change})


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_reward_that_is_not_a_number_is_refused(bad):
    with pytest.raises(RewardContractError, match="1 of 2 rewards are NaN or infinite"):
        CreditBatch(**{**GOOD, "reward_B": torch.tensor([1.0, bad])})


def test_a_missing_signal():
    with pytest.raises(MissingSignalError, match=r"needs signal 'entropy_BT'; the batch has \[\]"):
        CreditBatch(**GOOD).signal("entropy_BT")


def test_planning_is_restricted_to_the_mask():
    mask = torch.tensor([[True, False]])
    batch = CreditBatch(
        torch.ones(1), torch.zeros(1).long(), mask, {"planning_BT": torch.ones(1, 2).long()}
    )
    assert batch.planning_BT.tolist() == [[1.0, 0.0]]
    assert batch.execution_BT.tolist() == [[0.0, 0.0]]


def test_with_signals_replaces_and_keeps_the_original():
    batch = CreditBatch(**GOOD, signals={"entropy_BT": torch.zeros(2, 3)})
    changed = batch.with_signals({"entropy_BT": torch.ones(2, 3), "x_BT": torch.ones(2, 3)})
    assert batch.signals["entropy_BT"].sum() == 0
    assert changed.signals["entropy_BT"].sum() == 6
    assert set(changed.signals) == {"entropy_BT", "x_BT"}
    assert pickle.loads(pickle.dumps(batch)).step == 0


# ---- statistics -------------------------------------------------------------------------------


def test_means_over_each_scope():
    """Rows 0 and 1 are a group; where nothing is chosen the mean is 0."""
    mask_BT = torch.tensor([[True, True, False], [True, False, False], [False] * 3])
    x_BT = torch.tensor([[1.0, 5.0, 0.0], [9.0, 0.0, 0.0], [0.0] * 3])
    batch = CreditBatch(torch.ones(3), torch.tensor([4, 4, 7]), mask_BT)
    assert batch.mean(x_BT).tolist() == [[3.0], [9.0], [0.0]]
    assert batch.mean(x_BT, scope="group").tolist() == [[5.0], [5.0], [0.0]]
    assert batch.mean(x_BT, scope="batch").tolist() == [[5.0]] * 3
    first_BT = torch.tensor([[1.0, 0.0, 0.0]] * 3)
    assert batch.mean(x_BT, first_BT).tolist() == [[1.0], [9.0], [0.0]]


def test_what_is_derived_from_signals_that_stay_is_kept():
    batch = CreditBatch(**GOOD, signals={"planning_BT": torch.ones(2, 3).bool()})
    kept_BT, planning_BT = batch.kept_BT, batch.planning_BT
    edited = batch.with_signals({"entropy_BT": torch.zeros(2, 3)})
    assert edited.kept_BT is kept_BT
    assert edited.planning_BT is planning_BT
    other = batch.with_signals({"planning_BT": torch.zeros(2, 3).bool()})
    assert other.planning_BT.sum() == 0


@pytest.mark.parametrize(("some", "whole", "k"), [(3, 5, 2), (5, 5, 3), (1, 4, 2), (0, 3, 0)])
def test_choose_ratio_is_one_of_binomials(some, whole, k):
    ratio = choose_ratio(*(torch.tensor([float(x)]).double() for x in (some, whole, k)))
    assert ratio.item() == pytest.approx(comb(some, k) / comb(whole, k))


def test_widen_keeps_float64_and_lifts_the_rest():
    dtypes = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
    widened = [widen(torch.ones(1, dtype=dtype)).dtype for dtype in dtypes]
    assert widened == [torch.float64, torch.float32, torch.float32, torch.float32]


@settings(deadline=None)
@given(st.lists(st.integers(-2, 3), max_size=12))
def test_groups(ids):
    group_B = torch.tensor(ids, dtype=torch.long)
    x_B = torch.arange(len(ids), dtype=torch.float64) ** 2
    mean_B, size_B = group_mean(x_B, group_B)
    for i, g in enumerate(ids):
        members = [float(j**2) for j, other in enumerate(ids) if other == g]
        assert mean_B[i].item() == pytest.approx(np.mean(members))
        assert size_B[i].item() == len(members)

    rows = [row for block in rows_by_group(group_B) for row in block.tolist()]
    assert sorted(i for row in rows for i in row) == list(range(len(ids)))
    for row in rows:
        assert row == [i for i, g in enumerate(ids) if g == ids[row[0]]]  # whole, and in order


@settings(deadline=None)
@given(st.integers(1, 7), st.data())
def test_pass_at_k_counts_the_subsets_that_hold_a_success(n, data):
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    subsets = list(combinations([1] * c + [0] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(np.mean([max(s) for s in subsets]))


def test_pass_at_k_ends():
    assert pass_at_k(8, 3, 1) == pytest.approx(3 / 8)
    assert pass_at_k(8, 0, 8) == 0.0
    assert pass_at_k(8, 1, 8) == 1.0
    assert pass_at_k(1000, 1, 10) == pytest.approx(0.01)


@pytest.mark.parametrize(("n", "c", "k"), [(4, 5, 1), (4, -1, 1), (4, 1, 0), (4, 1, 5)])
def test_pass_at_k_out_of_range(n, c, k):
    with pytest.raises(ValueError, match=f"it got n={n}, c={c}, k={k}"):
        pass_at_k(n, c, k)
