"""shared_tokens: runs by hand, against the definition token by token, and degenerate groups."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from credit_plugins.batch import CreditBatch
from credit_plugins.token.shared_tokens import shared_tokens


def batch_of(ids, mask=None, group=None):
    ids_BT = torch.tensor(ids)
    mask_BT = torch.ones_like(ids_BT) if mask is None else torch.tensor(mask)
    group_B = torch.tensor(group or [0] * len(ids))
    return CreditBatch(torch.zeros(len(ids)), group_B, mask_BT.bool(), {"ids_BT": ids_BT})


def signed(sides, batch):
    return torch.tensor(sides)[:, None] * batch.mask_BT


def test_runs_by_hand():
    """1 2 . . . 8 9 against 1 2 . 8 9: the ends are shared, whatever the lengths."""
    batch = batch_of(
        [[1, 2, 3, 4, 3, 8, 9], [1, 2, 5, 8, 9, 0, 0]], [[1] * 7, [1, 1, 1, 1, 1, 0, 0]]
    )
    answer = shared_tokens(signed([1.0, -1.0], batch), batch)
    assert answer.tolist() == [[2, 2, 1, 1, 1, 2, 2], [0, 0, -1, 0, 0, 0, 0]]


def test_where_both_runs_overlap_the_factor_counts_twice():
    batch = batch_of([[1, 2], [1, 2]])
    answer = shared_tokens(signed([1.0, -1.0], batch), batch, negative=0.5)
    assert answer.tolist() == [[4, 4], [-0.25, -0.25]]


def test_a_run_ends_at_the_first_token_that_is_not_shared():
    """Id 3 stands at the same place in both, but after a token that does not."""
    batch = batch_of([[1, 2, 3, 4], [1, 7, 3, 5]])
    answer = shared_tokens(signed([1.0, -1.0], batch), batch)
    assert answer.tolist() == [[2, 1, 1, 1], [0, -1, -1, -1]]


def test_rollouts_of_one_side_share_nothing():
    batch = batch_of([[1, 2], [1, 2], [1, 2]], group=[0, 0, 1])
    adv_BT = signed([1.0, 1.0, -1.0], batch)
    assert torch.equal(shared_tokens(adv_BT, batch), adv_BT)


def test_a_tool_answer_between_the_tokens_does_not_matter():
    plain = batch_of([[1, 2, 3], [1, 2, 4]])
    tool = batch_of([[1, 7, 7, 2, 3], [1, 2, 4, 0, 0]], [[1, 0, 0, 1, 1], [1, 1, 1, 0, 0]])
    first = shared_tokens(signed([1.0, -1.0], plain), plain)
    second = shared_tokens(signed([1.0, -1.0], tool), tool)
    assert [row[keep].tolist() for row, keep in zip(second, tool.mask_BT, strict=True)] == [
        row.tolist() for row in first
    ]


rollout = st.lists(st.integers(0, 2), min_size=0, max_size=6)


@given(st.lists(st.tuples(rollout, st.sampled_from([1.0, -1.0, 0.0])), min_size=1, max_size=5))
def test_against_the_definition(rows):
    """The docstring's definition, read literally over Python lists."""
    width = max(1, *(len(ids) for ids, _ in rows))
    mask = [[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in rows]
    batch = batch_of([ids + [0] * (width - len(ids)) for ids, _ in rows], mask)
    answer = shared_tokens(signed([side for _, side in rows], batch), batch, negative=0.5)

    def shared(tokens, at):
        return all(
            any(s * sign > 0 and len(o) > at and o[at] == tokens[at] for o, s in others)
            for sign in (1, -1)
        )

    for i, (ids, side) in enumerate(rows):
        factor = {1.0: 2.0, -1.0: 0.5, 0.0: 1.0}[side] if ids else 1.0
        runs = [0] * len(ids)
        for order in (1, -1):
            others = [(o[::order], s) for o, s in rows]
            tokens = ids[::order]
            for at in range(len(ids)):
                if not shared(tokens, at):
                    break
                runs[at if order == 1 else len(ids) - 1 - at] += 1
        expected = [side * factor**r for r in runs]
        assert answer[i, : len(ids)].tolist() == pytest.approx(expected)
