"""The curves of a comparison: held-out pass@k of every run, and its difference to the first run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from ..page.style import COLORS, INK, draw, legend, shares, steps
from .arms import ArmAtK
from .comparison import Comparison
from .intervals import Interval
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
        found.append(_rates(comparison, source, k))
        if curves := _less_first(comparison, source, k):
            found.append(_differences(comparison, source, k, curves))
    return found


def _rates(comparison: Comparison, source: str, k: int) -> Chart:
    curves: dict[str, Curve] = {
        one.letter: [(s, one.held_out[source].rate(s, k)) for s in one.held_out[source].steps]
        for one in comparison.runs
        if source in one.held_out
    }
    arms = {
        comparison.arm_name(each.arm): _bands(comparison, each, each.means)
        for each in comparison.over_seeds
        if each.source == source and each.k == k
    }

    def plot(axes: Axes) -> None:
        for letter, curve in curves.items():
            color, marker = _look(comparison, letter)
            if arms:
                values = [interval.value for _, interval in curve]
                axes.plot([s for s, _ in curve], values, color=color, lw=0.8, alpha=0.6)
            else:
                _draw(axes, curve, letter, color, marker)
        for name, curve in arms.items():
            _draw(axes, curve, name, *_look(comparison, name))
        steps(axes)
        shares(axes, f"pass@{k}")
        legend(axes, columns=4)

    text = "Unbiased estimate, mean over difficulties. Bands: 95% intervals, clustered by problem."
    if arms:
        text = f"Thin: each run. Thick: mean over the seeds of an arm. {_OVER_SEEDS}"
    return _chart(f"Held-out pass@{k}", text, f"rate-{k}-{_slug(source)}", plot, curves, within)


def _less_first(comparison: Comparison, source: str, k: int) -> dict[str, Curve]:
    """The differences to the first arm, where there are seeds, else to the first run."""
    arms = [one for one in comparison.over_seeds if one.source == source and one.k == k and one.arm]
    if arms:
        return {
            comparison.arm_name(one.arm): _bands(comparison, one, one.differences) for one in arms
        }
    return {
        one.letter: list(zip(at.steps, at.curve, strict=True))
        for one in comparison.of(source)
        for at in one.at
        if at.k == k
    }


def _differences(comparison: Comparison, source: str, k: int, curves: Mapping[str, Curve]) -> Chart:
    over_seeds = any(name not in {one.letter for one in comparison.runs} for name in curves)
    base = comparison.arm_name(0) if comparison.over_seeds else comparison.runs[0].letter

    def plot(axes: Axes) -> None:
        axes.axhline(0, color=INK, lw=0.8)
        for name, curve in curves.items():
            scaled = [(s, _times(interval, 100)) for s, interval in curve]
            _draw(axes, scaled, name, *_look(comparison, name))
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


def _draw(axes: Axes, curve: Curve, label: str, color: str, marker: str) -> None:
    at = [step for step, _ in curve]
    values = [interval.value for _, interval in curve]
    low, high = ([getattr(i, side) for _, i in curve] for side in ("low", "high"))
    axes.plot(at, values, label=label, color=color, marker=marker, ms=5)
    if len(at) == 1:  # a band of one step has no width
        axes.vlines(at, low, high, color=color)
    axes.fill_between(at, low, high, color=color, alpha=0.15, lw=0)


def _look(comparison: Comparison, name: str) -> tuple[str, str]:
    """Colour and marker of a run or an arm; runs have those of their arm where some have seeds."""
    place = next((i for i, one in enumerate(comparison.runs) if one.letter == name), None)
    if comparison.has_seeds:
        place = next(
            i
            for i, arm in enumerate(comparison.arms)
            if place in arm.runs or comparison.arm_name(i) == name
        )
    place = place or 0
    return COLORS[place % len(COLORS)], _MARKERS[place % len(_MARKERS)]


def _times(interval: Interval, factor: float) -> Interval:
    return Interval(*(factor * x for x in (interval.value, interval.low, interval.high)))


def _slug(source: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in source)
