"""gigpo: worked numbers over turns and states, and what it is without turns."""

from __future__ import annotations

import pytest
import torch

from credit_plugins.batch import CreditBatch
from credit_plugins.episode.dr_grpo import dr_grpo
from credit_plugins.episode.grpo import grpo
from credit_plugins.token.gigpo import gigpo


def batch_of(reward, turn, state, mask=None, group=None):
    turn_BT = torch.tensor(turn)
    mask_BT = torch.ones_like(turn_BT).bool() if mask is None else torch.tensor(mask).bool()
    group_B = torch.zeros(len(reward)).long() if group is None else torch.tensor(group)
    signals = {"turn_BT": turn_BT, "state_BT": torch.tensor(state)}
    return CreditBatch(torch.tensor(reward), group_B, mask_BT, signals)


def step(batch, **numbers):
    return gigpo(torch.zeros(batch.mask_BT.shape), batch, **numbers)


def test_turns_from_one_state_compete_and_each_counts_once():
    """State 5: returns .25 (two turns follow), .5 and 0; state 8: .5 and 0; state 9 alone."""
    batch = batch_of(
        [1.0, 1.0, 0.0],
        [[0, 0, 1, 2], [0, 1, 1, 1], [0, 1, 1, 1]],
        [[5, 5, 8, 9], [5, 7, 7, 7], [5, 8, 8, 8]],
    )
    # Discounts from the last turn on: row 0 .25 .5 1, row 1 .5 1, row 2 0 0.
    mean = (0.25 + 0.5 + 0.0) / 3
    expected = [
        [0.25 - mean, 0.25 - mean, 0.25, 0.0],
        [0.5 - mean, 0.0, 0.0, 0.0],
        [0.0 - mean, -0.25, -0.25, -0.25],
    ]
    torch.testing.assert_close(step(batch, gamma=0.5), torch.tensor(expected))


def test_divided_by_the_deviation_of_the_state():
    batch = batch_of([1.0, 0.0, 0.0], [[0]] * 3, [[5]] * 3)
    torch.testing.assert_close(
        step(batch, std=True)[:, 0], grpo(batch.reward_B, batch.group_B), rtol=1e-5, atol=1e-5
    )


def test_with_one_turn_it_is_dr_grpo():
    reward, group = [1.0, 0.0, 1.0, 0.0, 0.0], [3, 3, 3, 8, 8]
    batch = batch_of(reward, [[0, 0]] * 5, [[5, 5]] * 5, group=group)
    expected = dr_grpo(batch.reward_B, batch.group_B)
    torch.testing.assert_close(step(batch)[:, 1], expected)


def test_states_of_another_group_are_other_states():
    batch = batch_of([1.0, 0.0], [[0], [0]], [[5], [5]], group=[1, 2])
    assert step(batch).tolist() == [[0.0], [0.0]]


def test_what_the_environment_says_between_turns_gets_nothing():
    batch = batch_of([1.0, 0.0], [[0, 0, 1], [0, 0, 1]], [[5, 0, 6]] * 2, mask=[[1, 0, 1]] * 2)
    answer = step(batch, gamma=1.0)
    assert answer.tolist() == [[0.5, 0.0, 0.5], [-0.5, 0.0, -0.5]]


@pytest.mark.parametrize("weight", [0.0, 2.0])
def test_the_weight_scales_what_is_added(weight):
    batch = batch_of([1.0, 0.0], [[0], [0]], [[5], [5]])
    assert gigpo(torch.ones(2, 1), batch, weight=weight)[:, 0].tolist() == [
        1 + weight / 2,
        1 - weight / 2,
    ]
