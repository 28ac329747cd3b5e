"""Turns as our agent loop reports them, as signals of every token."""

from __future__ import annotations

import pytest

from credit_plugins.batch import STATE, TURN
from credit_plugins.errors import MissingSignalError
from credit_plugins.verl_adapter.fields import TURNS, turns_of
from envs import info


def test_every_token_has_the_number_and_the_state_of_its_turn():
    rows = [{TURNS: [[0, 2, 11], [3, 5, 12]]}, {TURNS: [[0, 1, 11]]}]
    found = turns_of(rows, [1, 1], 6)
    assert found[TURN].tolist() == [[0, 0, 0, 1, 1, 0], [0] * 6]
    assert found[STATE].tolist() == [[11, 11, 0, 12, 12, 0], [11, 0, 0, 0, 0, 0]]


def test_turns_are_counted_through_the_outputs_of_a_session():
    rows = [{TURNS: [[0, 1, 11], [1, 2, 12]]}, {TURNS: [[0, 2, 13]]}, {TURNS: [[0, 1, 11]]}]
    assert turns_of(rows, [2, 1], 2)[TURN].tolist() == [[0, 1], [2, 2], [0, 0]]


def test_an_agent_loop_that_reports_none_is_told():
    with pytest.raises(MissingSignalError, match="the agent loop reports none; use the agent loop"):
        turns_of([{}], [1], 2)


def test_both_sides_of_the_contract_use_one_name():
    assert info.TURNS == TURNS
