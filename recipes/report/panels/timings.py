"""Seconds per step, stacked by stage."""

from __future__ import annotations

from itertools import cycle

from ...page.style import COLORS, GREY, legend
from .panel import Axes, Run, panel

# verl's stages in the order of a step. Other timers nest inside these or lie outside of a step.
STAGES = (
    "gen",
    "reward",
    "old_log_prob",
    "ref",
    "values",
    "adv",
    "update_critic",
    "update_actor",
    "update_weights",
    "save_checkpoint",
    "testing",
)
_LEAST = 0.01  # of the time; a stage with less is part of `other`


@panel(
    "Where the time goes",
    "verl's own timers. Validation (testing) and checkpoints only run at some steps; what takes "
    "less than 1% of the time is part of other.",
    "timing_s/step",
)
def timings(run: Run, axes: Axes) -> None:
    """Draw a bar per step; `other` is the part of verl's step timer that no stage accounts for."""
    rows = {step: data for step, data in run.history.items() if "timing_s/step" in data}
    heights = {s: [data.get(f"timing_s/{s}", 0.0) for data in rows.values()] for s in STAGES}
    # Validation runs outside of verl's step timer.
    whole = [
        data["timing_s/step"] + tested
        for data, tested in zip(rows.values(), heights["testing"], strict=True)
    ]
    large = {s: x for s, x in heights.items() if sum(x) and sum(x) >= _LEAST * sum(whole)}
    known = [sum(parts) for parts in zip(*large.values(), strict=True)] or [0.0] * len(rows)
    large["other"] = [max(t - k, 0.0) for t, k in zip(whole, known, strict=True)]
    colors = dict(zip(large, cycle(COLORS), strict=False)) | {"other": GREY}
    bottom = [0.0] * len(rows)
    for stage, seconds in large.items():
        axes.bar(list(rows), seconds, 1.0, bottom, label=stage, color=colors[stage], linewidth=0)
        bottom = [b + s for b, s in zip(bottom, seconds, strict=True)]
    axes.set(ylabel="seconds")
    legend(axes)
