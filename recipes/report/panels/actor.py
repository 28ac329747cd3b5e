"""Actor entropy and gradient norm."""

from __future__ import annotations

from ..entropy import LOGGED, token_entropy
from .panel import Axes, Run, line, panel


@panel(
    "Actor",
    "Mean entropy of a response's token, worked out from verl's actor/entropy, which is aggregated "
    "as the loss is; gradient norm before clip.",
    LOGGED,
    "actor/grad_norm",
    rows=2,
)
def actor(run: Run, top: Axes, bottom: Axes) -> None:
    """Draw one over the other."""
    found, label = token_entropy(run), "entropy (nats)"
    if not found[0]:  # by an aggregation that does not tell
        found, label = run.series(LOGGED), f"{LOGGED} (nats)"
    top.plot(*found)
    top.set(ylabel=label)
    line(run, bottom, "actor/grad_norm")
    bottom.set(ylabel="gradient norm")
