"""How the answers of the training batches were judged."""

from __future__ import annotations

from itertools import cycle

from ...page.style import BAD, COLORS, GOOD, legend, shares
from .panel import Axes, Run, panel

_PREFIX = "env/verdict/"
_KNOWN = {"correct": GOOD, "wrong": BAD}


@panel(
    "Verdicts",
    "How the rollouts of each training batch were judged, as shares that add up to all of them.",
    f"{_PREFIX}*",
)
def verdicts(run: Run, axes: Axes) -> None:
    """Stack the share of each verdict, the right ones at the bottom."""
    rows = {
        step: {name[len(_PREFIX) :]: x for name, x in data.items() if name.startswith(_PREFIX)}
        for step, data in run.history.items()
    }
    rows = {step: counts for step, counts in rows.items() if sum(counts.values())}
    total = dict.fromkeys(_KNOWN, 0.0)
    for counts in rows.values():
        for name, count in counts.items():
            total[name] = total.get(name, 0.0) + count
    names = [
        name for name in sorted(total, key=lambda n: (n not in _KNOWN, -total[n])) if total[name]
    ]
    names.sort(key=lambda name: name != "correct")
    others = cycle(color for color in COLORS if color not in _KNOWN.values())
    colors = [_KNOWN.get(name) or next(others) for name in names]
    parts = [[c.get(name, 0.0) / sum(c.values()) for c in rows.values()] for name in names]
    bottom = [0.0] * len(rows)
    for name, color, values in zip(names, colors, parts, strict=True):
        axes.bar(list(rows), values, 1.0, bottom, label=name, color=color, linewidth=0)
        bottom = [b + v for b, v in zip(bottom, values, strict=True)]
    shares(axes, "rollouts")
    legend(axes)
