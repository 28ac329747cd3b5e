"""How many tokens are planning tokens and how much credit they carry."""

from __future__ import annotations

from matplotlib.ticker import PercentFormatter

from ...page.style import GREY, legend
from .panel import Axes, Run, line, panel


@panel(
    "Credit on planning tokens",
    "Planning tokens found by the detector, and their share of the final advantage mass.",
    "credit/planning_ratio",
)
def planning(run: Run, axes: Axes) -> None:
    """Draw both shares on one axis."""
    line(run, axes, "credit/planning_ratio", "share of tokens", color=GREY)
    line(run, axes, "credit/share/planning", "share of |advantage|")
    axes.set(ylabel="share", ylim=(0, None))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    legend(axes)
