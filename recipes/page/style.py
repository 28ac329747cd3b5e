"""Charts: matplotlib figures as inline SVG, in the light or dark colours of the page.

Lines have the colours of `COLORS`, text and axes that of the page. Where two lines mean good and
bad, take `GOOD` and `BAD`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

# On white and on near-black. Told apart with each kind of colour blindness, and at least 3:1
# against the page (tests/recipes/page/test_style.py).
LIGHT = ("#0072b2", "#c96a00", "#0b4d3c", "#b9276b", "#7f3eef", "#5c3a10", "#0b9c9c", "#e8455a")
DARK = ("#56b4e9", "#ff9447", "#3fe0a0", "#d8458c", "#9a66ff", "#f2d94a", "#d1f2f5", "#e2504f")
# What a plot draws with: the light colours; the page puts the dark ones in their place.
COLORS = LIGHT
GOOD, BAD = COLORS[0], COLORS[1]
GREY = "#7a808c"
# Stands for the page's text colour; replaced by `currentColor`, which follows the theme.
INK = "#010203"

# As wide as the narrowest column, a phone of 360 px, so that text never gets smaller than here.
_WIDTH_PT = 288
_TEXT_PT = 12
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "page",
    "font.family": "sans-serif",
    "font.size": _TEXT_PT,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.labelpad": 5,
    "axes.grid": True,
    "axes.prop_cycle": cycler(color=COLORS),
    "axes.titlesize": _TEXT_PT,
    "axes.titlelocation": "left",
    "grid.color": INK,
    "grid.alpha": 0.13,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "legend.fontsize": _TEXT_PT,
    "legend.handlelength": 1.4,
    "legend.columnspacing": 1.0,
    "legend.handletextpad": 0.5,
    "legend.labelspacing": 0.25,
}


def draw(
    name: str, title: str, plot: Callable[..., None], rows: int = 1, *, height: int = 0
) -> str:
    """Render `plot(*axes)` as an SVG element.

    Args:
        name: unique on the page; makes the ids inside the SVG unique.
        title: what a screen reader says in place of the chart.
        plot: draws on `rows` axes stacked over one another.
        rows: how many axes.
        height: in points; 0 for that of so many axes.
    """
    height = height or (200 if rows == 1 else 140 * rows + 14)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH_PT / 72, height / 72), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]
        plot(*axes)
        _mark_lone_points(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _inline(out.getvalue(), name, title)


def _mark_lone_points(axes: Iterable[Axes]) -> None:
    """Draw a dot where a line has one point, as after one step: the line itself shows nothing."""
    for line in (line for one in axes for line in one.get_lines()):
        if len(line.get_path()) == 1 and line.get_marker() == "None":
            line.set(marker="o", markersize=5)


def legend(axes: Axes, *, columns: int | None = None) -> None:
    """Put the legend above the plot, where it covers no data; as many columns as there is room."""
    labels = axes.get_legend_handles_labels()[1]
    if not labels:
        return
    widest = max(map(len, labels)) * 0.55 * _TEXT_PT + 34  # 34: line and gaps
    room = max(1, int((_WIDTH_PT - 45) // widest))
    columns = min(columns or room, len(labels))
    lines = -(-len(labels) // columns)
    columns = -(-len(labels) // lines)  # lines of like length
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, borderaxespad=0.2)
    if isinstance(figure := axes.get_figure(), Figure):  # its lines take no room from the plot
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height + 1.3 * _TEXT_PT * lines / 72)


def steps(axes: Axes) -> None:
    """Label the x-axis with training steps: whole numbers only."""
    axes.set_xlabel("step")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))


def shares(axes: Axes, label: str) -> None:
    """Make the y-axis one of shares, whole from 0% to 100%.

    Args:
        axes: the axes.
        label: of what, such as "pass@1".
    """
    axes.set(ylabel=label, ylim=(-0.03, 1.03), yticks=[0, 0.25, 0.5, 0.75, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def broken(axes: Axes) -> None:
    """Mark a y-axis that begins above 0, as one of shares that are all close to 1 does.

    Two strokes across its foot; say in the caption where it begins.
    """
    for foot in (0.0, 0.025):
        axes.plot(
            (-0.02, 0.02), (foot + 0.01, foot + 0.04), transform=axes.transAxes, color=INK,
            lw=1, clip_on=False, scalex=False, scaley=False,
        )  # fmt: skip


def variables() -> str:
    """The CSS variables of the colours, for both themes."""
    light, dark = (
        " ".join(f"--series-{number}: {color};" for number, color in enumerate(colors, 1))
        for colors in (LIGHT, DARK)
    )
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"


def color(number: int) -> str:
    """The CSS colour of the series with this number, from 0; they repeat after the last."""
    return f"var(--series-{number % len(COLORS) + 1})"


def _inline(svg: str, name: str, title: str) -> str:
    """Cut the XML prologue, make ids unique, take colours and the font from the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    box = re.search(r'viewBox="([^"]*)"', svg)
    head = f'<svg viewBox="{box[1] if box else ""}" role="img" aria-label="{escape(title)}">'
    svg = re.sub(r"^<svg [^>]*>", lambda _: head, svg)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    for number, hexadecimal in enumerate(COLORS):
        svg = svg.replace(hexadecimal, color(number))
    return svg.replace(INK, "currentColor")
