"""The report reads what the trainer adapter writes."""

from __future__ import annotations

import pytest

from credit_plugins.verl_adapter.validation import pass_at_k_metrics
from recipes.report.validation import validations
from recipes.runs.history import Run


def test_the_trainers_own_validation_metrics_are_understood(tmp_path):
    sources, uids = ["reasoning/Addition-v0"] * 8, [u for u in "abcd" for _ in range(2)]
    infos = {"acc": [1, 0, 1, 1, 0, 0, 0, 1], "difficulty": [1.0] * 4 + [2.0] * 4}
    metrics = pass_at_k_metrics(sources, uids, infos)
    (held_out,) = validations(Run(tmp_path, {}, {0: metrics}, 1))
    assert held_out.source == "reasoning/Addition-v0"
    assert held_out.rows == ["1", "2", "mean"]
    assert held_out.counts("1") == (2, 2)
    assert held_out.at(0, "1", 1) == 0.75
    assert held_out.at(0, "mean", 2) == 0.75
    assert held_out.error(0, "1", 1) == pytest.approx(0.25 / 2**0.5)
