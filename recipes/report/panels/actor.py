"""Actor entropy and gradient norm."""

from __future__ import annotations

from .panel import Axes, Run, line, panel


@panel(
    "Actor",
    "As logged by the actor: mean entropy of all response tokens, gradient norm before clip.",
    "actor/entropy",
    "actor/grad_norm",
    rows=2,
)
def actor(run: Run, top: Axes, bottom: Axes) -> None:
    """Draw one over the other."""
    line(run, top, "actor/entropy")
    top.set(ylabel="entropy (nats)")
    line(run, bottom, "actor/grad_norm")
    bottom.set(ylabel="gradient norm")
