"""What the panels share: when one is drawn, and lines over the steps of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from ...page import style
from ...runs import Run

__all__ = ["Axes", "Panel", "Run", "line", "panel"]


@dataclass(frozen=True)
class Panel:
    """One plot of the page; without `svg`, `text` says why it is missing."""

    title: str
    text: str
    svg: str = ""


def panel(
    title: str, text: str, *needs: str, rows: int = 1
) -> Callable[[Callable[..., None]], Callable[[Run], Panel]]:
    """Make a panel of a function that draws a run over its steps on matplotlib axes.

    Args:
        title: heading of the plot.
        text: what it shows, in one or two sentences.
        needs: metrics, `*` for any text; a run that logged none of them gets a sentence instead.
        rows: how many axes the function draws on, one over the other.
    """

    def make(plot: Callable[..., None]) -> Callable[[Run], Panel]:
        def drawn(run: Run) -> Panel:
            if not run.has(*needs):
                return Panel(title, f"Not shown: this run logged no {' or '.join(needs)}.")

            def onto(*axes: Axes) -> None:
                plot(run, *axes)
                style.steps(axes[-1])

            name = f"{title}. {text}"
            return Panel(title, text, style.draw(plot.__name__, name, onto, rows))

        return drawn

    return make


def line(run: Run, axes: Axes, name: str, label: str = "", **how: Any) -> None:
    """Draw a metric over the steps at which it was logged; draw nothing if it never was."""
    steps, values = run.series(name)
    if steps:
        axes.plot(steps, values, label=label, **how)
