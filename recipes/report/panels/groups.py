"""Groups whose rewards do not tell rollouts apart."""

from __future__ import annotations

from ...page.style import BAD, GOOD, GREY, legend, shares
from .panel import Axes, Run, line, panel

_KINDS = (
    ("credit/group/all_fail", "K=0: none correct", BAD),
    ("credit/group/all_pass", "K=N: all correct", GOOD),
    ("credit/group/single", "N=1", GREY),
)


@panel(
    "Groups without contrast",
    "Groups with K of N rollouts correct; at K=0 and K=N rewards do not tell rollouts apart.",
    "credit/group/all_fail",
)
def groups(run: Run, axes: Axes) -> None:
    """Draw the share of each kind of group that occurred."""
    occurred = [kind for kind in _KINDS if any(run.series(kind[0])[1])]
    for name, label, color in occurred:
        line(run, axes, name, label, color=color)
    shares(axes, "groups")
    legend(axes)
