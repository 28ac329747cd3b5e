"""Signal and advantage over the tokens of some rollouts, a line per operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from credit_plugins.dump import Dump, Rollout
from credit_plugins.operator import SIGNAL

from ..errors import RecipeError

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#000000")
"""Of Okabe and Ito, told apart by colour-blind readers; in the order of the operators."""

DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
"""Lines that lie on one another differ by dashes and width, not by colour alone."""

FIRST = 4
READABLE = 90
"""Tokens whose texts are written below the axis; of more, only their numbers."""


def draw(dump: Dump, signal: str, rollouts: Sequence[int] | None = None) -> Figure:
    """See ``Explanation.figure``.

    Args:
        dump: one group.
        signal: ``entropy`` or ``surprisal``, which its chain reads; "" for neither.
        rollouts: positions in the group; None for the first four.

    Raises:
        RecipeError: the group has no such rollout.
    """
    have = dump.rollouts
    chosen = range(min(FIRST, len(have))) if rollouts is None else rollouts
    if not chosen or any(not 0 <= i < len(have) for i in chosen):
        raise RecipeError(f"rollouts is {list(chosen)}, must be from 0 to {len(have) - 1}.")
    panels = 2 if signal else 1
    with rc_context({"font.size": 9}):
        figure = Figure(figsize=(11, (1.5 * panels + 0.9) * len(chosen)), layout="constrained")
        parts = figure.subfigures(len(chosen), 1, squeeze=False)[:, 0]
        for part, i in zip(parts, chosen, strict=True):
            axes = part.subplots(panels, 1, sharex=True, squeeze=False)[:, 0]
            reward = f"{have[i].reward:g}"
            part.suptitle(f"rollout {i}, reward {reward}", x=0.01, ha="left", fontsize=10)
            _rollout(dump, have[i], axes, signal)
    return figure


def _rollout(dump: Dump, rollout: Rollout, axes: Sequence[Axes], signal: str) -> None:
    if signal:
        places = range(len(rollout.text))
        axes[0].bar(places, getattr(rollout, signal), width=0.9, color="0.8", label=signal)
        axes[0].set_ylabel(f"{signal}, nats")
    drawn = Counter[bool]()
    for k, one in enumerate(dump.operators):
        edits = one.kind == SIGNAL
        line = drawn[edits]
        drawn[edits] += 1
        axes[0 if edits else -1].stairs(
            rollout.layers[one.column],
            np.arange(len(rollout.text) + 1) - 0.5,
            baseline=None,
            label=f"after {one.name}",
            color=COLORS[k % len(COLORS)],
            linestyle=DASHES[line % len(DASHES)],
            linewidth=2.8 - 0.4 * min(line, 3),
        )
    axes[-1].axhline(0, color="0.4", linewidth=0.6)
    axes[-1].set_ylabel("advantage")
    for panel in axes:
        _planning(panel, rollout)
        panel.margins(x=0.005)
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8)
    _ticks(axes[-1], rollout)


def _planning(axes: Axes, rollout: Rollout) -> None:
    if rollout.planning is None:
        return
    for k, t in enumerate(np.flatnonzero(rollout.planning)):
        label = None if k else "planning token"
        axes.axvspan(
            t - 0.5, t + 0.5, color="#ffbc79", alpha=0.35, linewidth=0, label=label, zorder=0
        )


def _ticks(axes: Axes, rollout: Rollout) -> None:
    if len(rollout.text) > READABLE:
        axes.set_xlabel("token")
        return
    labels = [text.replace("\n", "\\n").replace(" ", "\u00b7") for text in rollout.text]
    # A dollar sign is no formula here.
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7, parse_math=False)
    axes.set_xlabel("token (\u00b7 is a space)")
