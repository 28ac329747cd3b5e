"""Seconds per step, stacked by stage."""

from __future__ import annotations

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
_COLORS = (*COLORS, GREY, "#5b6dc7", "#a9714b", "#6f9a3e")


@panel(
    "Where the time goes",
    "verl's own timers. Validation (testing) and checkpoints only run at some steps.",
    "timing_s/step",
)
def timings(run: Run, axes: Axes) -> None:
    """Draw a bar per step; `other` is the part of verl's step timer that no stage accounts for."""
    rows = {step: data for step, data in run.history.items() if "timing_s/step" in data}
    stages = [stage for stage in STAGES if run.has(f"timing_s/{stage}")]
    heights = {s: [data.get(f"timing_s/{s}", 0.0) for data in rows.values()] for s in stages}
    # Validation runs outside of verl's step timer.
    inside = zip(*(heights[stage] for stage in stages if stage != "testing"), strict=True)
    known = [sum(parts) for parts in inside] or [0.0] * len(rows)
    whole = [data["timing_s/step"] for data in rows.values()]
    heights["other"] = [max(t - k, 0.0) for t, k in zip(whole, known, strict=True)]
    bottom = [0.0] * len(rows)
    for color, (stage, seconds) in zip(_COLORS, heights.items(), strict=False):
        axes.bar(list(rows), seconds, 1.0, bottom, label=stage, color=color, linewidth=0)
        bottom = [b + s for b, s in zip(bottom, seconds, strict=True)]
    axes.set(xlabel="step", ylabel="seconds")
    legend(axes, columns=3)
