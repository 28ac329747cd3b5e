"""The lists of the benchmark do the work of the estimator: same advantages, same metrics."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
import torch

from credit_plugins.config import build_estimator

GROUPS = {"credit/correct_rate", "credit/nonfinite", "credit/lambda", "credit/gate"}


@pytest.fixture(name="scripts")
def fixture_scripts(monkeypatch):
    """The benchmark and its lists; scripts import each other by their bare names."""
    monkeypatch.syspath_prepend(Path(__file__).parent)
    return import_module("bench_operators"), import_module("plain_lists")


def test_the_same_work(scripts):
    bench, lists = scripts
    batch = bench.make(64, 96)
    estimator = build_estimator(bench.NAME, bench.NUMBERS)
    ours = estimator(batch, estimator.init_state())
    answer, found = lists.with_all_metrics(bench.to_lists(batch), lists.Numbers())
    theirs_BT = bench.to_tensor(answer, batch.mask_BT)
    torch.testing.assert_close(theirs_BT, ours.advantage_BT, atol=1e-6, rtol=1e-5)
    of_tokens = {n for n in ours.metrics if n not in GROUPS and not n.startswith("credit/group")}
    assert found.keys() == of_tokens
    for name in of_tokens:
        assert found[name] == pytest.approx(ours.metrics[name], rel=1e-4, abs=1e-6), name


def test_what_is_logged_changes_no_advantage(scripts):
    bench, lists = scripts
    rollouts = bench.to_lists(bench.make(32, 48))
    answer, logged = lists.by_package(rollouts, lists.Numbers())
    assert answer == lists.with_all_metrics(rollouts, lists.Numbers())[0]
    assert len(logged) == 2 * len(rollouts.groups())
