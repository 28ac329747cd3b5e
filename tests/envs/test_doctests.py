"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    [
        *("calculator", "curriculum", "dataset.commas", "dataset.golds", "dataset.prose"),
        *("procedural.writing", "verify.answer.final_form", "verify.gold"),
    ],
)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(f"envs.{name}"))
    assert result.attempted
    assert not result.failed
