"""What the adapter reads is what our environments and our reward function write."""

from __future__ import annotations

from dataclasses import fields

from credit_plugins.verl_adapter.infos import NOT_OUTCOMES, READ
from envs.info import FAILURE_KEYS, INFO_KEYS, NODE, SOURCE, AnswerInfo

WRITTEN = {*INFO_KEYS, *FAILURE_KEYS, NODE, SOURCE}


def test_every_key_that_is_read_is_written():
    assert set(READ) <= WRITTEN
    assert set(NOT_OUTCOMES) <= WRITTEN


def test_the_reward_function_writes_enough_for_verdicts_and_pass_at_k():
    keys = {field.name for field in fields(AnswerInfo)} | {"difficulty"}
    assert {"acc", "difficulty", "verdict", "has_answer", "verify_ms"} <= keys
