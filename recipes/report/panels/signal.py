"""The token signal on planning and execution tokens, before and after SEPA."""

from __future__ import annotations

from ...page.style import COLORS, GREY, legend
from .panel import Axes, Run, line, panel

_SIGNALS = ("entropy", "surprisal")  # an estimator has one of them at most
_KINDS = {"plan": "planning", "exec": "execution"}


@panel(
    "Token signal before and after SEPA",
    "Mean and variance within completions of the signal that weighs tokens, on planning and on "
    "execution tokens. Dashed: what GTPO reads, after SEPA. Pooling keeps the execution mean and "
    "shrinks its variance; the default pooling leaves planning tokens alone.",
    *(f"credit/{signal}/*" for signal in _SIGNALS),
    rows=2,
)
def signal(run: Run, top: Axes, bottom: Axes) -> None:
    """Draw the mean over the variance."""
    name = next(signal for signal in _SIGNALS if run.has(f"credit/{signal}/*"))
    for axes, stat in ((top, "mean"), (bottom, "var")):
        for color, (kind, label) in zip(COLORS, _KINDS.items(), strict=False):
            metric = f"credit/{name}/{kind}_{stat}"
            dashed = {"color": color, "linestyle": (0, (2, 1.5))}
            line(run, axes, metric, label, color=color)
            line(run, axes, f"{metric}_sepa", f"{label}, after SEPA", **dashed)
        if not run.has(f"credit/{name}/exec_*"):  # a chain that needs no planning tokens
            line(run, axes, f"credit/{name}/all_{stat}", "all tokens", color=GREY)
    top.set(ylabel=f"{name} (nats)")
    bottom.set(ylabel="variance (nats²)")
    legend(top)
