"""Plots of held-out pass@k: over the steps of training, and over k."""

from __future__ import annotations

from itertools import cycle

from matplotlib.axes import Axes

from ..held_out import MEAN, Validations, display
from ..page.style import COLORS, INK, draw, legend, shares, steps
from .panels.panel import Panel

_MARKERS = "osD^vP*X"


def curves(held_out: Validations, *, named: bool = False) -> list[Panel]:
    """pass@1 and pass@max over validations, then pass@k over k before and after.

    With ``named`` the titles name the source, for a page that shows several.
    """
    lowest, highest = held_out.ks[0], held_out.ks[-1]
    name = f" of {held_out.source}" if named else ""
    panels = [_over_steps(held_out, k, name) for k in sorted({lowest, highest})]
    return [*panels, _over_k(held_out, name)] if highest > lowest else panels


def _over_steps(held_out: Validations, k: int, of: str) -> Panel:
    def plot(axes: Axes) -> None:
        found = [held_out.interval(step, MEAN, k) for step in held_out.steps]
        if all(one.is_known for one in found):
            band = [one.low for one in found], [one.high for one in found]
            axes.fill_between(held_out.steps, *band, color=INK, alpha=0.12, linewidth=0)
        for row, color, marker in _styles(held_out):
            values = [held_out.at(step, row, k) for step in held_out.steps]
            width, label = 2.6 if row == MEAN else 1.4, display(row)
            axes.plot(
                held_out.steps, values, label=label, color=color, marker=marker, ms=4, lw=width
            )
        steps(axes)
        shares(axes, f"pass@{k}")
        legend(axes)

    levels = " by difficulty, and the mean over difficulties" if held_out.difficulties else ""
    text = f"Unbiased pass@{k} on held-out problems{levels}; band: 95% interval of the mean."
    title = f"Held-out pass@{k}{of}"
    return Panel(title, text, draw(f"{_slug(held_out)}-steps-{k}", f"{title}. {text}", plot))


def _over_k(held_out: Validations, of: str) -> Panel:
    first, last = held_out.steps[0], held_out.steps[-1]

    def plot(axes: Axes) -> None:
        levels = len(held_out.difficulties) or 1  # without the mean, unless it is all there is
        for row, color, marker in _styles(held_out)[:levels]:
            for step, style, label in ((first, (0, (2, 1.5)), None), (last, "-", display(row))):
                values = [held_out.at(step, row, k) for k in held_out.ks]
                axes.plot(
                    held_out.ks, values, ls=style, label=label, color=color, marker=marker, ms=3.5
                )
        axes.set(xlabel="k (samples of a problem)", xscale="log")
        axes.set_xticks(held_out.ks, [str(k) for k in held_out.ks])
        axes.minorticks_off()
        shares(axes, "pass@k")
        legend(axes)

    text = f"pass@k over k. Dashed: step {first}; solid: step {last}."
    title = f"pass@k{of} before and after"
    return Panel(title, text, draw(f"{_slug(held_out)}-ks", f"{title}. {text}", plot))


def _styles(held_out: Validations) -> list[tuple[str, str, str]]:
    """Every row with its colour and marker; the mean has the text's colour."""
    styles = zip(held_out.difficulties, cycle(COLORS), cycle(_MARKERS), strict=False)
    return [*styles, (MEAN, INK, "o")]


def _slug(held_out: Validations) -> str:
    return "".join(c if c.isalnum() else "-" for c in held_out.source)
