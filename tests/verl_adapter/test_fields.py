"""Padding rows, multi-output sessions and the way back to verl's row order."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from credit_plugins.verl_adapter.fields import Sessions

KEYS = ("a_0_0", "a_1_1", "pad1_0_0", "a_1_0", "b_0_0")
PADDING_B = torch.tensor([False, False, True, False, False])


def test_fold_orders_outputs_by_index_and_drops_padding() -> None:
    sessions = Sessions.of(KEYS, PADDING_B)
    assert sessions.rows == ((0,), (3, 1), (4,))
    assert sessions.last_rows == [0, 1, 4]


def test_fold_lays_outputs_side_by_side_and_unfold_takes_them_back() -> None:
    x_BT = torch.arange(10.0).reshape(5, 2)
    sessions = Sessions.of(KEYS, PADDING_B)
    folded = sessions.fold(x_BT[sessions.all_rows])
    assert folded.tolist() == [[0, 1, 0, 0], [6, 7, 2, 3], [8, 9, 0, 0]]
    out = torch.zeros(5, 2)
    sessions.unfold_into(out, folded)
    expected = x_BT.clone()
    expected[2] = 0
    assert torch.equal(out, expected)


def test_some_sessions_fold_to_the_width_that_they_need() -> None:
    x_BT = torch.arange(10.0).reshape(5, 2)
    part = Sessions.of(KEYS, PADDING_B).part([2, 0])
    assert part.fold(x_BT[part.all_rows]).tolist() == [[8, 9], [0, 1]]


def test_a_sessions_total_is_over_its_outputs() -> None:
    sessions = Sessions.of(KEYS, PADDING_B)
    assert sessions.total(torch.tensor([1, 20, 300, 4000, 5])).tolist() == [1, 4020, 5]


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
    sessions = Sessions.of([key for key, _ in rows], padding_B)
    x_BT = torch.randn(len(rows), width)
    back = torch.zeros_like(x_BT)
    sessions.unfold_into(back, sessions.fold(x_BT[sessions.all_rows]))
    assert len(sessions.rows) == len(parts)
    assert torch.equal(back[~padding_B], x_BT[~padding_B])
    assert (back[padding_B] == 0).all()


def test_uid_with_underscores_is_one_session() -> None:
    sessions = Sessions.of(("my_data_7_3_0", "my_data_7_3_1"), torch.tensor([False, False]))
    assert sessions.rows == ((0, 1),)
