"""A figure shows the numbers of the table."""

from __future__ import annotations

import doctest
import importlib

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from recipes.errors import RecipeError
from recipes.explain import explain

from .groups import BY_HAND


def panels(figure):
    FigureCanvasAgg(figure).draw()
    return figure.get_axes()


def lines(axes):
    return {p.get_label(): p.get_data().values for p in axes.patches if hasattr(p, "get_data")}


def test_each_rollout_has_its_signal_and_its_advantage():
    told = explain("maxrl_gtpo_sepa_hicra", BY_HAND)
    axes = panels(told.figure([0, 1]))
    assert [one.get_ylabel() for one in axes] == ["entropy, nats", "advantage"] * 2
    for i, (signal, advantage) in enumerate([axes[:2], axes[2:]]):
        layers = told.dump.rollouts[i].layers
        bars = [bar.get_height() for bar in signal.containers[0]]
        assert bars == BY_HAND[i]["entropies"]
        shown = lines(signal) | lines(advantage)
        assert list(shown) == ["after sepa", "after maxrl", "after gtpo", "after hicra"]
        for (label, drawn), column in zip(
            shown.items(),
            ["signal:sepa", "advantage:maxrl", "advantage:gtpo", "advantage:hicra"],
            strict=True,
        ):
            np.testing.assert_array_equal(drawn, layers[column], label)
        ticks = [one.get_text() for one in advantage.get_xticklabels()]
        assert ticks == [text.replace(" ", "\u00b7") for text in BY_HAND[i]["tokens"]]
    legend = [one.get_text() for one in axes[0].get_legend().get_texts()]
    assert set(legend) == {"entropy", "after sepa", "planning token"}


def test_by_default_four_rollouts_are_drawn():
    assert len(panels(explain("maxrl_gtpo", BY_HAND * 2).figure())) == 8
    assert len(panels(explain("maxrl", BY_HAND[:2]).figure())) == 2


def test_text_is_no_formula_and_long_responses_have_no_texts():
    rows = [{"tokens": ["$x_{$", "b"], "reward": 1}, {"text": "so " * 200, "reward": 0}]
    dollar, long = panels(explain("maxrl", rows).figure())
    assert dollar.get_xticklabels()[0].get_text() == "$x_{$"
    assert len(long.get_xticklabels()) < 20


@pytest.mark.parametrize("chosen", [[4], [-1], []])
def test_a_rollout_that_is_not_there_is_refused(chosen):
    with pytest.raises(RecipeError, match="must be from 0 to 3"):
        explain("maxrl", BY_HAND).figure(chosen)


@pytest.mark.parametrize("module", ["", ".group", ".words", ".explanation"])
def test_examples_in_docstrings(module):
    found = doctest.testmod(importlib.import_module(f"recipes.explain{module}"))
    assert found.failed == 0
    assert found.attempted > 0
