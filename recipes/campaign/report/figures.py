"""The figures of a campaign: what it found, over training, over k, and what it could have found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from ...page.style import COLORS, GREY, INK, draw, legend, shares, steps
from ..analysis import Analysis, Comparison
from ..overview import spread
from ..paired import t_interval
from ..power import power
from ..words import seeds_named

_SEEDS = range(4, 21, 2)
_TICKS = 9
_ROW_PT = 64
_HEAD_PT = 62
_PLOT_PT = 190
_LINE_PT = 17


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: of its file.
        title: heading.
        text: what it shows, in a few sentences.
        svg: for the page.
    """

    name: str
    title: str
    text: str
    svg: str


def figures(analysis: Analysis) -> Iterator[Figure]:
    """Those for which there is something to show."""
    shown = list(_compared(analysis))
    if shown:
        yield _forest(analysis, shown)
    if analysis.primary.result:
        yield _difference_over_steps(analysis)
    if analysis.common:
        for each in sorted({1, analysis.plan.primary.k}):
            yield _curves(analysis, each)
        if _samples(analysis) > 1:
            yield _over_k(analysis)
    if figure := _power(analysis):
        yield figure


def _compared(analysis: Analysis) -> Iterator[tuple[str, Comparison]]:
    """What is in, with its kind: the primary contrast, the exploratory ones, A/A."""
    found = [("primary", analysis.primary)]
    found += [("exploratory", one) for one, _ in analysis.secondary]
    if analysis.noise:
        found.append(("A/A", analysis.noise))
    return ((kind, one) for kind, one in found if one.result)


def _forest(analysis: Analysis, shown: Sequence[tuple[str, Comparison]]) -> Figure:
    plan = analysis.plan
    margin, effect = 100 * plan.margin, 100 * plan.smallest_effect

    def plot(axes: Axes) -> None:
        axes.axvspan(-margin, margin, color=GREY, alpha=0.18, lw=0)
        axes.axvline(0, color=INK, lw=0.8)
        for side in (-effect, effect):
            axes.axvline(side, color=INK, lw=0.8, ls=(0, (2, 2)))
        for place, (kind, one) in enumerate(shown):
            if one.result is None:
                continue
            color = COLORS[0] if kind == "primary" else COLORS[4] if kind == "A/A" else COLORS[1]
            y, result = -float(place), one.result
            dots = 100 * result.differences
            spots = y - 0.12 + 0.06 * (np.arange(len(dots)) % 3 - 1)
            axes.plot(dots, spots, "o", ms=4.5, mfc="none", mec=color, mew=1.1)
            if np.isfinite(result.low):
                axes.plot([100 * result.low, 100 * result.high], [y + 0.12] * 2, color=color, lw=3)
            axes.plot(100 * result.mean, y + 0.12, "D", ms=6.5, color=color)
            label = f"{one.contrast.arm} - {one.contrast.against} ({kind})"
            axes.text(
                0.0, y + 0.3, label, transform=axes.get_yaxis_transform(), va="bottom", fontsize=10
            )
        axes.set(ylim=(-len(shown) + 0.55, 0.75), yticks=[], xlabel=_axis(analysis))
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)

    text = (
        f"Each ring is the difference of one seed's pair in {plan.primary.words}; the diamond is "
        f"their mean, the bar its {100 * (1 - plan.alpha):g}% t interval. Grey: the margin, "
        f"{margin:g} points either way, within which a difference counts as none. Dashed: the "
        f"smallest effect of interest, {effect:g} points."
    )
    height = _HEAD_PT + _ROW_PT * len(shown)
    return _figure("forest", "Every seed's difference", text, plot, height=height)


def _difference_over_steps(analysis: Analysis) -> Figure:
    found, k = analysis.primary, analysis.plan.primary.k

    def plot(axes: Axes) -> None:
        x, arm = _paired_curves(analysis, found.contrast.arm, k)
        _, against = _paired_curves(analysis, found.contrast.against, k)
        d_SX = 100 * (arm - against)
        axes.axhline(0, color=INK, lw=0.8)
        axes.plot(x, d_SX.T, color=COLORS[0], lw=0.7, alpha=0.45)
        _band(axes, x, d_SX, analysis.plan.alpha, COLORS[0], "mean")
        axes.set_ylabel("difference, points")
        _validations(axes, x)

    text = (
        f"{found.contrast} in held-out pass@{k} at every validation: a thin line per seed, their "
        f"mean, and its {100 * (1 - analysis.plan.alpha):g}% t interval at each step. The first "
        "validation is shared, so the difference begins at 0."
    )
    return _figure("difference", f"Difference in pass@{k} over training", text, plot)


def _curves(analysis: Analysis, k: int) -> Figure:
    plan = analysis.plan
    main = (plan.contrast.against, plan.contrast.arm)

    def plot(axes: Axes) -> None:
        for arm, color in _colored(analysis):
            x, y_SX = analysis.curves(arm, k)
            if arm in main and len(y_SX) > 1:
                _band(axes, x, y_SX, plan.alpha, color, arm)
            else:
                axes.plot(x, y_SX.mean(0), color=color, lw=1.2, label=arm)
        shares(axes, f"pass@{k}")
        _validations(axes, x)
        legend(axes, columns=1)

    text = (
        f"Held-out pass@{k}, mean over {seeds_named(analysis.common)}. The band is the "
        f"{100 * (1 - plan.alpha):g}% t interval over seeds of {main[0]} and {main[1]}. Seeds "
        "differ from one another, so whether two arms differ is seen in the differences of pairs "
        "and not in these bands."
    )
    return _figure(
        f"pass_at_{k}", f"Held-out pass@{k} over training", text, plot, height=_height(analysis)
    )


def _validations(axes: Axes, x: Sequence[int]) -> None:
    """Label the validations where they fit, else some steps."""
    steps(axes)
    if len(x) <= _TICKS:
        axes.set_xticks(x)


def _samples(analysis: Analysis) -> int:
    """Answers to each problem, at least."""
    return min(min(table.samples) for table in analysis.tables.values())


def _over_k(analysis: Analysis) -> Figure:
    most = _samples(analysis)
    ks = [2**i for i in range(most.bit_length()) if 2**i <= most]

    def plot(axes: Axes) -> None:
        for arm, color in _colored(analysis):
            ends = [analysis.curves(arm, k)[1][:, -1].mean() for k in ks]
            axes.plot(ks, ends, color=color, marker="o", ms=4, label=arm)
        axes.set(xlabel="k", xscale="log")
        axes.set_xticks(ks, [str(k) for k in ks])
        axes.minorticks_off()
        shares(axes, "pass@k")
        legend(axes, columns=1)

    text = (
        "Held-out pass@k at the end of training against k, mean over "
        f"{seeds_named(analysis.common)}."
    )
    return _figure("over_k", "pass@k against k", text, plot, height=_height(analysis))


def _power(analysis: Analysis) -> Figure | None:
    plan = analysis.plan
    found = analysis.primary.components if analysis.primary.complete else None
    sd, source = spread(plan)
    if found:
        sd, source = found.sd(), "the campaign's variance components"
    if not sd:
        return None
    effects = {plan.smallest_effect: "-", 2 * plan.smallest_effect: (0, (4, 2))}
    alpha = plan.alpha

    def plot(axes: Axes) -> None:
        for color, (effect, style) in zip(COLORS, effects.items(), strict=False):
            chances = [power(effect, sd, n, alpha) for n in _SEEDS]
            label = f"{100 * effect:g} points"
            axes.plot(_SEEDS, chances, color=color, ls=style, marker="o", ms=3.5, label=label)
        axes.axvline(len(plan.seeds), color=INK, lw=0.8, ls=(0, (2, 2)))
        axes.set_xlabel("seeds")
        axes.set_xticks([n for n in _SEEDS if n % 4 == 0])
        shares(axes, "power")
        legend(axes)

    text = (
        f"Chance that the sign-flip test rejects at alpha={alpha:g} when the true difference is "
        f"as large as the smallest effect of interest, or twice that, from {source} (sd of a "
        f"seed's difference: {100 * sd:.2f} points). Dashed: the {len(plan.seeds)} planned seeds."
    )
    return _figure("power", "What more seeds would find", text, plot)


def _band(
    axes: Axes, x: Sequence[int], y_SX: np.ndarray, alpha: float, color: str, label: str
) -> None:
    axes.plot(x, y_SX.mean(0), color=color, lw=2.2, label=label)
    if len(y_SX) > 1:
        low, high = t_interval(y_SX.T, alpha)
        axes.fill_between(x, low, high, color=color, alpha=0.18, lw=0)


def _paired_curves(analysis: Analysis, arm: str, k: int) -> tuple[list[int], np.ndarray]:
    tables = [analysis.tables[arm, seed] for seed in analysis.primary.seeds]
    return list(tables[0].steps), np.array([table.curve(k) for table in tables])


def _colored(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """The arms, each with its colour; what the primary contrast compares comes first."""
    plan = analysis.plan
    order = dict.fromkeys([plan.contrast.arm, plan.contrast.against, *plan.arms])
    for number, arm in enumerate(order):
        yield arm, COLORS[number % len(COLORS)]


def _height(analysis: Analysis) -> int:
    """Of a figure whose legend has a line per arm."""
    return _PLOT_PT + _LINE_PT * len(analysis.plan.arms)


def _axis(analysis: Analysis) -> str:
    return f"difference in {analysis.plan.primary.words}, points"


def _figure(name: str, title: str, text: str, plot: Callable[..., None], height: int = 0) -> Figure:
    return Figure(name, title, text, draw(name, f"{title}. {text}", plot, height=height))
