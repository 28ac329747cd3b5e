"""SEPA's lambda, its gate, and the correct rate that opens it."""

from __future__ import annotations

from ...page.style import COLORS, GREY, legend
from .panel import Axes, Run, line, panel

# A gate is shut until the step at which it opens; a straight line would show it half open.
GATE = {"color": COLORS[1], "linestyle": "--", "drawstyle": "steps-post"}


@panel(
    "SEPA schedule",
    "λ is the strength of the pooling; it stays 0 until the gate has opened.",
    "credit/sepa/lam",
)
def sepa(run: Run, axes: Axes) -> None:
    """Draw the three on one axis, from 0 to 1."""
    line(run, axes, "credit/sepa/lam", "λ", color=COLORS[0])
    line(run, axes, "credit/sepa/lam_gate", "gate open", **GATE)
    line(run, axes, "credit/correct_rate", "correct rate", color=GREY, linestyle=":")
    axes.set(ylabel="from 0 to 1", ylim=(-0.04, 1.04))
    legend(axes)
