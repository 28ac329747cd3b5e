"""Difference between the rollout engine's and the actor's token probabilities."""

from __future__ import annotations

from matplotlib.ticker import NullFormatter

from ...page.style import legend
from .panel import Axes, Run, panel


@panel(
    "Rollout and actor probabilities",
    "Probability of each sampled token as the rollout engine reported it, against the actor's "
    "own, on the same weights. Exact zeros are drawn at 1e-12.",
    "training/rollout_probs_diff_*",
)
def agreement(run: Run, axes: Axes) -> None:
    """Draw the largest and the mean difference on a logarithmic axis."""
    for stat, label in (("max", "largest difference"), ("mean", "mean difference")):
        steps, values = run.series(f"training/rollout_probs_diff_{stat}")
        axes.plot(steps, [max(value, 1e-12) for value in values], label=label)
    axes.set(ylabel="|Δ probability|", yscale="log")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0e}".replace("e-0", "e-"))
    axes.yaxis.set_minor_formatter(NullFormatter())  # raised exponents would be too small to read
    legend(axes)
