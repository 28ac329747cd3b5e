"""The curves of a comparison: held-out pass@k of every run, and its difference to the first run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from ..held_out.intervals import Interval
from ..page.style import COLORS, INK, draw, legend, shares, steps
from .arms import ArmAtK
from .comparison import Comparison
from .words import points, within

_MARKERS = "osD^vP*X"
_BAND = 3  # fewer seeds give an interval over seeds that fills the plot
_OVER_SEEDS = f"Bands: 95% intervals over seeds, drawn from {_BAND} seeds on."
Curve = Sequence[tuple[int, Interval]]


@dataclass(frozen=True)
class Chart:
    """One chart and the same numbers as a table.

    Attributes:
        title: heading and accessible name.
        text: what it shows.
        svg: the drawing.
        columns: headings of the table, after that of the steps.
        rows: the step, and what stands below each heading.
    """

    title: str
    text: str
    svg: str
    columns: list[str]
    rows: list[tuple[int, list[str]]]


def charts(comparison: Comparison, source: str) -> list[Chart]:
    """For each k the curves of all runs, and the differences to the first run or arm."""
    found = []
    for k in comparison.ks(source) or [1]:
        arms = [one for one in comparison.over_seeds if (one.source, one.k) == (source, k)]
        found.append(_rates(comparison, source, k, arms))
        if comparison.ks(source):
            found.append(_differences(comparison, source, k, arms))
    return found


def _rates(comparison: Comparison, source: str, k: int, arms: Sequence[ArmAtK]) -> Chart:
    curves: dict[str, Curve] = {
        one.letter: one.held_out[source].curve(k)
        for one in comparison.runs
        if source in one.held_out
    }

    def plot(axes: Axes) -> None:
        for letter, curve in curves.items():
            if arms:
                values = [interval.value for _, interval in curve]
                look = {"color": _look(comparison.arm_of(letter))["color"], "alpha": 0.6}
                axes.plot([s for s, _ in curve], values, lw=0.8, **look)
            else:
                _draw(axes, curve, letter, comparison.place(letter))
        for one in arms:
            name = comparison.arm_name(one.arm)
            _draw(axes, _bands(comparison, one, one.means), name, one.arm)
        steps(axes)
        shares(axes, f"pass@{k}")
        legend(axes, columns=4)

    text = "Unbiased estimate, mean over difficulties. Bands: 95% intervals, clustered by problem."
    if arms:
        text = f"Thin: each run. Thick: mean over the seeds of an arm. {_OVER_SEEDS}"
    return _chart(f"Held-out pass@{k}", text, f"rate-{k}-{_slug(source)}", plot, curves, within)


def _differences(comparison: Comparison, source: str, k: int, arms: Sequence[ArmAtK]) -> Chart:
    """To the first arm, where there are several and one has seeds, else to the first run."""
    over_seeds = len(arms) > 1
    base = comparison.arm_name(0) if over_seeds else comparison.runs[0].letter
    curves: dict[str, Curve]
    if over_seeds:
        curves = {
            comparison.arm_name(one.arm): _bands(comparison, one, one.differences)
            for one in arms[1:]
        }
    else:
        curves = {
            one.letter: list(zip(at.steps, at.curve, strict=True))
            for one in comparison.of(source)
            for at in one.at
            if at.k == k
        }

    def plot(axes: Axes) -> None:
        axes.axhline(0, color=INK, lw=0.8)
        for place, (name, curve) in enumerate(curves.items(), 1):
            scaled = [(s, _times(interval, 100)) for s, interval in curve]
            _draw(axes, scaled, name, place if over_seeds else comparison.place(name))
        steps(axes)
        axes.set_ylabel(f"points above {base}")
        legend(axes, columns=4)

    text = f"Percentage points above {base}, at common validations. "
    text += _OVER_SEEDS if over_seeds else "Bands: 95% intervals, clustered by problem."
    title = f"Difference of pass@{k} to {base}"
    return _chart(title, text, f"less-{k}-{_slug(source)}", plot, curves, points)


def _bands(comparison: Comparison, arm: ArmAtK, values: Sequence[Interval]) -> Curve:
    """The values over the steps, without intervals where the seeds are too few to draw them."""
    seeds = min(len(comparison.arms[index].runs) for index in {arm.arm, 0})
    kept = values if seeds >= _BAND else [Interval(one.value) for one in values]
    return list(zip(arm.steps, kept, strict=True))


def _chart(
    title: str,
    text: str,
    name: str,
    plot: Callable[[Axes], None],
    curves: Mapping[str, Curve],
    write: Callable[[Interval], str],
) -> Chart:
    at = {letter: dict(curve) for letter, curve in curves.items()}
    rows = [
        (step, [write(found[step]) if step in found else "n/a" for found in at.values()])
        for step in sorted(set().union(*at.values()))
    ]
    return Chart(title, text, draw(name, title, plot), list(curves), rows)


def _draw(axes: Axes, curve: Curve, label: str, place: int) -> None:
    at = [step for step, _ in curve]
    values = [interval.value for _, interval in curve]
    low, high = ([getattr(i, side) for _, i in curve] for side in ("low", "high"))
    look = _look(place)
    axes.plot(at, values, label=label, ms=5, **look)
    if len(at) == 1:  # a band of one step has no width
        axes.vlines(at, low, high, color=look["color"])
    axes.fill_between(at, low, high, color=look["color"], alpha=0.15, lw=0)


def _look(place: int) -> dict[str, Any]:
    """Colour and marker of the run or arm in this place."""
    return {"color": COLORS[place % len(COLORS)], "marker": _MARKERS[place % len(_MARKERS)]}


def _times(interval: Interval, factor: float) -> Interval:
    return Interval(*(factor * x for x in (interval.value, interval.low, interval.high)))


def _slug(source: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in source)
