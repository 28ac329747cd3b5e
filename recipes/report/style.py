"""Draw matplotlib figures as inline SVG that follows the page's light or dark colours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

# Mid tones that read on white and on near-black.
COLORS = ("#3a86d4", "#e07b39", "#2fa37c", "#c65b9a", "#8a7bd1", "#b3941f", "#4aa5b8", "#d35f5f")
GREY = "#8a8f98"
# Stands for the page's text colour; replaced by `currentColor`, which follows the theme.
INK = "#010203"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.labelpad": 7,
    "axes.grid": True,
    "axes.prop_cycle": cycler(color=COLORS),
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "grid.color": INK,
    "grid.alpha": 0.13,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 1.6,
}


def draw(name: str, plot: Callable[..., None], rows: int = 1) -> str:
    """Render `plot(*axes)` as an SVG element.

    Args:
        name: unique on the page; makes the ids inside the SVG unique.
        plot: draws on `rows` axes stacked over one another.
        rows: how many axes.
    """
    with matplotlib.rc_context(_STYLE):
        figure = Figure(
            figsize=(4.6, 2.7 if rows == 1 else 1.75 * rows + 0.2), layout="constrained"
        )
        FigureCanvasSVG(figure)
        axes = figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]
        plot(*axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _inline(out.getvalue(), name)


def legend(axes: Axes, *, columns: int = 4) -> None:
    """Put the legend above the plot, where it covers no data."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, borderaxespad=0.2)


def _inline(svg: str, name: str) -> str:
    """Cut the XML prologue, make ids unique, take colours and the font from the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'^<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" role="img">', svg)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    return svg.replace(INK, "currentColor")
