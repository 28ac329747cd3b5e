"""Effective GTPO weights and how far they are from uniform."""

from __future__ import annotations

from ...page.style import COLORS, broken, legend
from .panel import Axes, Run, line, panel


@panel(
    "Effective GTPO weights",
    "Over all response tokens of a batch. A cosine of 1 means that every token of a completion "
    "got the same weight, as without GTPO. Two strokes: its axis does not begin at 0.",
    "credit/weight/*",
    rows=2,
)
def weights(run: Run, top: Axes, bottom: Axes) -> None:
    """Draw range and mean over the cosine."""
    steps, low = run.series("credit/weight/min")
    top.fill_between(steps, low, run.series("credit/weight/max")[1], alpha=0.25, linewidth=0)
    line(run, top, "credit/weight/mean", "mean; band: min to max")
    top.set(ylabel="weight", ylim=(0, None))
    legend(top)
    line(run, bottom, "credit/weight/cosine", color=COLORS[2])
    bottom.ticklabel_format(axis="y", useOffset=False)
    bottom.set(ylabel="cosine to uniform")
    if bottom.get_ylim()[0] > 0:
        broken(bottom)
