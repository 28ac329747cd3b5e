"""One rollout as a picture for a README: SVG with real text, readable on light and dark."""

from __future__ import annotations

import re
from html import escape

from rich.cells import cell_len

from credit_plugins.dump import Rollout

from .layers import Layer, Scale, find, layers_of, scale_of
from .lines import lines
from .showing import number, shown

COLUMNS, LINES = 92, 16
"""Characters of a line, and lines of text; what is longer is cut."""

_WIDE, _HIGH, _SIZE, _PAD = 8.4, 25, 14, 16  # of a character, of a line, of the font, margin

_STYLE = """
text { font: 14px ui-monospace, Menlo, Consolas, monospace; fill: #1d2330; white-space: pre; }
.small { font: 13px system-ui, sans-serif; } .head { font-weight: 600; } .soft { fill: #596275; }
.back { fill: #ffffff; stroke: #d9dde5; }
.up { fill: #f0932b; } .down { fill: #4f9fe0; } .plain { fill: #43b89a; } .line { stroke: #8a2be2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e9ecf2; } .soft { fill: #a3acbd; } .back { fill: #14171d; stroke: #333a47; }
  .up { fill: #a85500; } .down { fill: #1765a8; } .plain { fill: #12735c; }
  .line { stroke: #c9a6ff; }
}
"""


def picture(rollout: Rollout, layer: Layer | str) -> str:
    """A rollout's first tokens shaded by a layer, as an SVG document with a legend.

    Args:
        rollout: of a dump.
        layer: one of ``layers_of(rollout)``, or its key.

    Raises:
        RunError: the rollout has no such layer.
    """
    layer = find(layer, layers_of(rollout)) if isinstance(layer, str) else layer
    scale = scale_of(layer, [rollout])
    values_T = layer.values(rollout)
    rows = list(lines(rollout, len(rollout.text), COLUMNS))
    cut = len(rows) > LINES
    width, top = 2 * _PAD + COLUMNS * _WIDE, 2 * _PAD + 42
    height = top + _HIGH * min(len(rows), LINES) + (_HIGH if cut else 0) + _PAD - 8
    parts: list[str] = []
    for row, line in enumerate(rows[:LINES]):
        x, y = float(_PAD), top + _HIGH * row
        for at, text in line:
            long = cell_len(text) * _WIDE
            plan = rollout.planning is not None and bool(rollout.planning[at])
            parts += _rect(x, y, long, scale.shade(float(values_T[at])), scale.centre)
            parts += _text(x, y, long, text, plan, said=not rollout.mask[at])
            x += long
    if cut:
        y = top + _HIGH * LINES + 13
        parts.append(f'<text class="small soft" x="{_PAD}" y="{y}">and so on</text>')
    title = f"{layer.label} of each token of a solution"
    said = f"{rollout.verdict or 'reward'}, reward {number(rollout.reward)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'role="img" aria-labelledby="title"><title id="title">{escape(title)}: '
        f"{escape(shown(rollout.response[:300]))}</title><style>{_STYLE}</style>"
        f'<rect class="back" width="{width:.0f}" height="{height:.0f}" rx="8"/>'
        f"{_head(rollout, said, width)}{_legend(layer, scale, rollout)}"
        f"{''.join(parts)}</svg>\n"
    )


def _head(rollout: Rollout, said: str, width: float) -> str:
    words = re.sub(r"<\|[^|<>]*\|>", " ", shown(rollout.prompt)).replace("\u21b5", " ")
    question = " ".join(words.split())
    most = int((width - 2 * _PAD) / 7.4) - len(said) - 4
    question = question if len(question) <= most else f"{question[: most - 3]}..."
    return (
        f'<text class="small head" x="{_PAD}" y="{_PAD + 9}">{escape(question)}</text>'
        f'<text class="small soft" x="{width - _PAD:.0f}" y="{_PAD + 9}" text-anchor="end">'
        f"{escape(said)}</text>"
    )


def _legend(layer: Layer, scale: Scale, rollout: Rollout) -> str:
    y, x = _PAD + 32, _PAD
    name = f"{layer.label}, {layer.unit}"
    parts = [f'<text class="small soft" x="{x}" y="{y}">{escape(name)}</text>']
    x += int(7.2 * len(name)) + 14
    low = f'<text class="small soft" x="{x + 38}" y="{y}" text-anchor="end">'
    parts.append(f"{low}{number(scale.low, 3)}</text>")
    first, last = scale.shade(scale.low), scale.shade(scale.high)
    shades = [first + (last - first) * part / 4 for part in range(5)]
    for place, shade in enumerate(shades):
        parts += _rect(x + 46 + 20 * place, y - 12, 20, shade, scale.centre)
    parts.append(f'<text class="small soft" x="{x + 154}" y="{y}">{number(scale.high, 3)}</text>')
    if rollout.planning is None or not rollout.planning.any():
        return "".join(parts)
    parts.append(
        f'<text class="small soft" x="{x + 210}" y="{y}">planning</text>'
        f'<line class="line" x1="{x + 210}" x2="{x + 262}" y1="{y + 4}" y2="{y + 4}" '
        'stroke-width="2"/>'
    )
    return "".join(parts)


def _text(x: float, y: float, long: float, text: str, plan: bool, said: bool) -> list[str]:
    parts = []
    if plan:
        under = f'y1="{y + 18.5:.1f}" y2="{y + 18.5:.1f}" stroke-width="2"'
        parts.append(f'<line class="line" x1="{x:.1f}" x2="{x + long:.1f}" {under}/>')
    if text.strip():
        fit = f'textLength="{long:.1f}" lengthAdjust="spacingAndGlyphs"'
        name = ' class="soft"' if said else ""
        place = f'x="{x:.1f}" y="{y + 13}" {fit} xml:space="preserve"'
        parts.append(f"<text{name} {place}>{escape(text)}</text>")
    return parts


def _rect(x: float, y: float, long: float, shade: float, centre: float | None) -> list[str]:
    if not abs(shade) >= 0.02:
        return []
    name = "plain" if centre is None else "up" if shade > 0 else "down"
    place = f'x="{x:.1f}" y="{y - 1:.1f}" width="{long:.1f}" height="{_SIZE + 4}"'
    return [f'<rect class="{name}" {place} fill-opacity="{0.9 * abs(shade):.2f}"/>']
