"""What is drawn: gates as steps, shares on a whole axis, whole steps, verdicts that add up."""

from __future__ import annotations

import pytest
import yaml
from matplotlib.figure import Figure

from recipes.page import style
from recipes.report.panels import NAMES, PANELS
from tests.recipes.report.synthetic import CONFIG, credit_metrics, run_of, train_metrics


@pytest.fixture
def axes_of(tmp_path, monkeypatch):
    """The axes of a panel as it is drawn for a run with these metrics at each step."""

    def drawn(name, lines):
        kept = []

        def draw(_, title, plot, rows=1):
            assert title
            kept.extend(Figure().subplots(rows, 1, squeeze=False)[:, 0])
            plot(*kept)
            return "<svg></svg>"

        monkeypatch.setattr(style, "draw", draw)
        assert PANELS[NAMES.index(name)](run_of(tmp_path, lines)).svg
        return kept

    return drawn


def labels(axes):
    axes.get_figure().canvas.draw()
    return [label.get_text() for label in axes.get_xticklabels()]


def line(axes, label):
    return next(one for one in axes.get_lines() if one.get_label() == label)


def steps(**series):
    return {
        step: {name.replace("__", "/"): values[step - 1] for name, values in series.items()}
        for step in range(1, 1 + len(next(iter(series.values()))))
    }


def test_a_gate_is_a_step_and_no_slope(axes_of):
    (axes,) = axes_of(
        "sepa", steps(credit__sepa__lam=[0, 0, 0.5], credit__sepa__lam_gate=[0, 1, 1])
    )
    assert line(axes, "gate open").get_drawstyle() == "steps-post"
    assert line(axes, "λ").get_drawstyle() == "default"


@pytest.mark.parametrize("name", [name for name in NAMES if name != "verdicts"])
def test_every_panel_has_whole_steps_and_names_its_axes(axes_of, name):
    lines = {step: train_metrics(step) | credit_metrics(step) for step in (1, 2, 3)}
    every = axes_of(name, lines)
    assert all(axes.get_ylabel() for axes in every)
    assert every[-1].get_xlabel() == "step"
    assert all(label.lstrip("\u2212").isdigit() for label in labels(every[-1]))


@pytest.mark.parametrize(
    ("name", "metric"), [("reward", "critic/score/mean"), ("groups", "credit/group/all_fail")]
)
def test_shares_are_drawn_on_a_whole_axis(axes_of, name, metric):
    (axes,) = axes_of(name, {1: {metric: 0.36}, 2: {metric: 0.42}})
    low, high = axes.get_ylim()
    assert low <= 0
    assert high >= 1


def test_rewards_that_are_no_shares_are_drawn_as_they_are(axes_of):
    (axes,) = axes_of("reward", {1: {"critic/score/mean": -3.0}, 2: {"critic/score/mean": 7.0}})
    assert axes.get_ylim()[1] > 6


def test_an_axis_of_cosines_near_1_is_marked_as_broken(axes_of):
    (_, near) = axes_of("weights", steps(credit__weight__cosine=[0.98, 0.99]))
    assert len(near.get_lines()) == 3  # the cosine and two strokes
    (_, whole) = axes_of("weights", steps(credit__weight__cosine=[0.01, 0.99]))
    assert len(whole.get_lines()) == 1


def test_verdicts_add_up_to_all_of_a_batch_whatever_its_size(axes_of):
    counts = {"env__verdict__wrong": [30, 10], "env__verdict__correct": [10, 10]}
    (axes,) = axes_of("verdicts", steps(**counts, env__verdict__no_answer=[0, 20]))
    bars = {
        str(group.get_label()): [(bar.get_y(), bar.get_height()) for bar in group]
        for group in axes.containers
    }
    assert bars == {
        "correct": [(0, 0.25), (0, 0.25)],
        "wrong": [(0.25, 0.75), (0.25, 0.25)],
        "no_answer": [(1.0, 0.0), (0.5, 0.5)],
    }


def test_stages_that_take_no_time_are_other(axes_of):
    row = {"timing_s/step": 10.0, "timing_s/gen": 6.0, "timing_s/adv": 0.01, "timing_s/testing": 5}
    (axes,) = axes_of("timings", {1: row})
    heights = {str(group.get_label()): group[0].get_height() for group in axes.containers}
    assert heights == pytest.approx({"gen": 6.0, "testing": 5.0, "other": 4.0})


def test_entropy_is_that_of_a_token_or_goes_by_verls_name(tmp_path, axes_of):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    lines = {1: {"actor/entropy": 0.25, "response_length/mean": 32.0}}
    top, _ = axes_of("actor", lines)
    assert (top.get_ylabel(), *top.lines[0].get_ydata()) == ("entropy (nats)", 0.5)
    top, _ = axes_of("actor", {1: {"actor/entropy": 0.25}})
    assert (top.get_ylabel(), *top.lines[0].get_ydata()) == ("actor/entropy (nats)", 0.25)
