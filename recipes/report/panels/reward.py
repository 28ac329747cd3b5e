"""Mean reward of the training batch."""

from __future__ import annotations

from ...page.style import COLORS, legend, shares
from .panel import Axes, Run, line, panel


@panel(
    "Reward per step",
    "Share of correct answers among the rollouts of each training batch (problems differ).",
    "critic/score/mean",
)
def reward(run: Run, axes: Axes) -> None:
    """Draw the mean of each batch and the mean of the last five."""
    line(run, axes, "critic/score/mean", "batch mean", color=COLORS[0], alpha=0.5, lw=1)
    steps, values = run.series("critic/score/mean")
    spans = [values[max(0, i - 4) : i + 1] for i in range(len(values))]
    means = [sum(span) / len(span) for span in spans]
    axes.plot(steps, means, color=COLORS[0], label="mean of the last 5 steps")
    if all(0 <= value <= 1 for value in values):
        shares(axes, "reward")
    else:  # an environment of the user's may pay otherwise
        axes.set(ylabel="reward")
    legend(axes)
