"""The report reads what the estimators and the trainer adapter write, by its real names."""

from __future__ import annotations

from fnmatch import filter as matching
from functools import cache

import pytest

from credit_plugins.config import build_chain
from credit_plugins.core_metrics import CORE
from credit_plugins.metrics import PREFIX
from credit_plugins.presets import CREDIT, estimator_names
from credit_plugins.registry import own
from credit_plugins.verl_adapter.validation import pass_at_k_metrics
from recipes.held_out.validation import validations
from recipes.report.panels import NAMES, PANELS
from recipes.runs import Run
from tests.recipes.report.synthetic import credit_metrics, run_of, train_metrics


@cache
def written() -> set[str]:
    """Every metric that some estimator writes."""
    names = sorted(set(estimator_names()) - {CREDIT})
    found = {m for name in names for m in credit_metrics(12, name)}
    surprised = ("maxrl_gtpo", "maxrl_gtpo_sepa")
    return found.union(*(credit_metrics(12, name, signal="surprisal") for name in surprised))


class Asked(Run):
    """A run that keeps what a panel asks it for."""

    def series(self, name):
        self.__dict__.setdefault("read", set()).add(name)
        return super().series(name)

    def has(self, *patterns):
        self.__dict__.setdefault("needed", set()).update(patterns)
        return super().has(*patterns)


@pytest.mark.parametrize("signal", ["entropy", "surprisal"])
def test_every_credit_metric_that_a_panel_reads_is_one_that_an_estimator_writes(tmp_path, signal):
    metrics = credit_metrics(12, signal=signal) | train_metrics(12)
    run = Asked(run_of(tmp_path, {12: metrics, 13: metrics}).path)
    assert all(panel(run).svg for panel in PANELS)
    asked = {name for name in run.read if name.startswith("credit/")}
    assert {"credit/sepa/lam", "credit/weight/cosine", f"credit/{signal}/exec_var_sepa"} <= asked
    assert asked <= written()
    for pattern in (name for name in run.needed if name.startswith("credit/")):
        assert matching(written(), pattern), pattern


@pytest.mark.parametrize("name", estimator_names())
def test_every_metric_that_an_estimator_writes_is_declared(name):
    chain = build_chain(name)
    declared = {PREFIX + metric.name.format(signal="entropy") for metric in chain.metrics}
    moving = {f"{PREFIX}{key.replace('.', '/')}" for key in chain.schedules}
    found = set(credit_metrics(12, name))
    assert found <= declared | moving | {f"{each}_gate" for each in moving}
    assert moving <= found


def test_every_declared_panel_is_one_of_the_report():
    operators = [metric for one in own().values() for metric in one.metrics]
    assert {metric.panel for metric in (*CORE, *operators)} <= {*NAMES, ""}


def test_without_planning_tokens_the_signal_is_that_of_all_tokens(tmp_path):
    metrics = credit_metrics(12, "maxrl_gtpo")
    run = Asked(run_of(tmp_path, {12: metrics}).path)
    panel = PANELS[NAMES.index("signal")](run)
    assert "all tokens" in panel.svg
    assert {"credit/entropy/all_mean", "credit/entropy/all_var"} <= run.read & metrics.keys()


def test_the_trainers_own_validation_metrics_are_understood(tmp_path):
    sources, uids = ["reasoning/Addition-v0"] * 8, [u for u in "abcd" for _ in range(2)]
    infos = {"acc": [1, 0, 1, 1, 0, 0, 0, 1], "difficulty": [1.0] * 4 + [2.0] * 4}
    metrics = pass_at_k_metrics(sources, uids, infos)
    (held_out,) = validations(run_of(tmp_path, {0: metrics}))
    assert held_out.source == "reasoning/Addition-v0"
    assert held_out.rows == ["1", "2", "mean"]
    assert held_out.counts("1") == (2, 2)
    assert held_out.at(0, "1", 1) == 0.75
    assert held_out.at(0, "mean", 2) == 0.75
    assert held_out.error(0, "1", 1) == pytest.approx(0.25 / 2**0.5)


def test_a_source_without_difficulty_has_its_mean_and_its_error(tmp_path):
    sources, uids = ["words"] * 4, [*"aabb"]
    metrics = pass_at_k_metrics(sources, uids, {"acc": [1, 0, 1, 1]})
    (held_out,) = validations(run_of(tmp_path, {0: metrics}))
    assert held_out.rows == ["mean"]
    assert held_out.counts("mean") == (2, 2)
    assert held_out.at(0, "mean", 1) == 0.75
    assert held_out.error(0, "mean", 1) == pytest.approx(0.25 / 2**0.5)
