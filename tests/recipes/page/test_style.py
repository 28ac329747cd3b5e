"""Charts: colours that everybody tells apart, text of a readable size, whole steps, names."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest

from recipes.page import style

# What is left of linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
VISIONS = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
CARDS = {"light": "#ffffff", "dark": "#1c2028"}
SERIES = {"light": style.LIGHT, "dark": style.DARK}


def linear(color):
    value = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    value = XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    x, y, z = np.where(value > 0.008856, np.cbrt(value), 7.787 * value + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def nearest(colors, vision):
    seen = [lab(VISIONS[vision] @ linear(color)) for color in colors]
    return min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))


def contrast(a, b):
    low, high = sorted(float(XYZ[1] @ linear(color)) for color in (a, b))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", SERIES)
def test_no_two_series_look_alike(theme, vision):
    assert nearest(SERIES[theme], vision) > 12


def test_colours_that_look_alike_are_seen():
    assert (
        nearest(["#d62728", "#2ca02c"], "deuteranopia")
        < 12
        < nearest(["#d62728", "#2ca02c"], "full")
    )


@pytest.mark.parametrize("theme", SERIES)
def test_lines_stand_out_from_the_page(theme):
    for color in (*SERIES[theme], style.GREY):
        assert contrast(color, CARDS[theme]) >= 3, color


def drawn(plot, **options):
    return style.draw("one", "Reward <per> step", plot, **options)


def test_a_chart_has_a_name_and_the_colours_of_the_page():
    svg = drawn(lambda axes: axes.plot([1, 2], [0, 1]))
    assert re.match(r'<svg viewBox="[^"]+" role="img" aria-label="Reward &lt;per&gt; step">', svg)
    assert "var(--series-1)" in svg
    assert style.COLORS[0] not in svg
    assert style.INK not in svg


def test_no_text_is_smaller_than_12_px_at_360_px():
    svg = drawn(lambda axes: (axes.plot([1, 2], [0, 1], label="mean"), style.legend(axes)))
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)]
    inside = 360 - 2 * 12 - 2 * 9.6 - 2  # less what page.css puts around a chart on a phone
    assert sizes
    assert min(sizes) * inside / width >= 12


@pytest.mark.parametrize("last", [1, 2, 3, 7, 28, 1000])
def test_steps_are_whole_numbers(last):
    figure = style.Figure()
    axes = figure.subplots()
    axes.plot([0, last], [0, 1])
    style.steps(axes)
    figure.canvas.draw()
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels
    assert all(re.fullmatch(r"[\u2212-]?\d+", label) for label in labels), labels
    assert axes.get_xlabel() == "step"


def test_shares_are_shown_whole_in_percent():
    figure = style.Figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0.4, 0.5])
    style.shares(axes, "pass@1")
    figure.canvas.draw()
    assert axes.get_ylim()[0] <= 0 <= 1 <= axes.get_ylim()[1]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "0%",
        "25%",
        "50%",
        "75%",
        "100%",
    ]


def test_a_broken_axis_shows_it_and_keeps_its_limits():
    figure = style.Figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0.98, 0.99])
    limits = axes.get_ylim()
    style.broken(axes)
    assert len(axes.lines) == 3
    assert axes.get_ylim() == limits


def dots(steps, values):
    svg = style.draw("a", "Of a run", lambda axes: axes.plot(steps, values, color=style.COLORS[1]))
    return len(re.findall(r'<use [^>]*style="fill: var\(--series-2\)', svg))


def test_a_line_of_one_point_is_a_dot():
    assert (dots([1], [0.125]), dots([1, 2], [0.125, 0.25])) == (1, 0)
