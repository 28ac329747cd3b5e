"""Padding rows, multi-output sessions and the way back to verl's row order."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from credit_plugins.verl_adapter.fields import QueueRows, SessionFold, rollout_gap

KEYS = ("a_0_0", "a_1_1", "pad1_0_0", "a_1_0", "b_0_0")
PADDING_B = torch.tensor([False, False, True, False, False])


def test_fold_orders_outputs_by_index_and_drops_padding() -> None:
    fold = SessionFold.of(KEYS, PADDING_B)
    assert fold.rows == ((0,), (3, 1), (4,))
    assert fold.last_rows == [0, 1, 4]


def test_fold_lays_outputs_side_by_side_and_unfold_takes_them_back() -> None:
    x_BT = torch.arange(10.0).reshape(5, 2)
    fold = SessionFold.of(KEYS, PADDING_B)
    assert fold.fold(x_BT).tolist() == [[0, 1, 0, 0], [6, 7, 2, 3], [8, 9, 0, 0]]
    expected = x_BT.clone()
    expected[2] = 0
    assert torch.equal(fold.unfold(fold.fold(x_BT), 2), expected)


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=6),
    st.integers(0, 3),
    st.integers(1, 4),
    st.randoms(),
)
def test_unfold_inverts_fold_for_any_row_order(parts, n_padding, width, random) -> None:
    keys = [f"u{s}_0_{i}" for s, n in enumerate(parts) for i in range(n)]
    rows = [(key, False) for key in keys] + [(f"pad{i}_0_0", True) for i in range(n_padding)]
    random.shuffle(rows)
    padding_B = torch.tensor([padding for _, padding in rows])
    fold = SessionFold.of([key for key, _ in rows], padding_B)
    x_BT = torch.randn(len(rows), width)
    back = fold.unfold(fold.fold(x_BT), width)
    assert len(fold.rows) == len(parts)
    assert torch.equal(back[~padding_B], x_BT[~padding_B])
    assert (back[padding_B] == 0).all()


def test_uid_with_underscores_is_one_session() -> None:
    fold = SessionFold.of(("my_data_7_3_0", "my_data_7_3_1"), torch.tensor([False, False]))
    assert fold.rows == ((0, 1),)


def test_rollout_gap_ignores_padding_and_observation_tokens() -> None:
    rows = QueueRows(
        ids_BT=torch.zeros(2, 2, dtype=torch.long),
        entropy_BT=None,
        surprisal_BT=torch.tensor([[1.0, 1.0], [5.0, 5.0]]),
        rollout_surprisal_BT=torch.tensor([[1.25, 9.0], [0.0, 0.0]]),
        keys=("a_0_0", "pad_0_0"),
        padding_B=torch.tensor([False, True]),
    )
    mask_BT = torch.tensor([[True, False], [True, True]])
    assert rollout_gap(rows, mask_BT) == {"credit/rollout_logprob_gap/max": 0.25}
