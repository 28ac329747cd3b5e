"""One rollout as shaded text for other pages: plain HTML, no program."""

from __future__ import annotations

from html import escape

from credit_plugins.dump import Rollout

from .layers import Layer, Scale, find, layers_of, scale_of
from .showing import number, shown


def shaded_html(rollout: Rollout, layer: Layer | str) -> str:
    """A rollout's tokens, shaded by a layer on a scale of its own, with a legend.

    Each token's value is in its ``title``. The page needs the style of ``shades_css()`` once.

    Args:
        rollout: of a dump.
        layer: one of ``layers_of(rollout)``, or its key.

    Raises:
        RunError: the rollout has no such layer.
    """
    layer = find(layer, layers_of(rollout)) if isinstance(layer, str) else layer
    scale = scale_of(layer, [rollout])
    tokens = "".join(
        _token(rollout, at, float(value), scale, layer)
        for at, value in enumerate(layer.values(rollout))
    )
    return f'{legend_html(layer, scale, rollout)}<div class="shaded">{tokens}</div>'


def legend_html(layer: Layer, scale: Scale, rollout: Rollout) -> str:
    """What the shades mean: quantity, unit and the values at both ends."""
    low, high = number(scale.low, 3), number(scale.high, 3)
    middle = "" if scale.centre is None else f", no shade at {number(scale.centre)}"
    plan = '<span class="plan">planning</span>' if _plans(rollout) else ""
    said = "" if rollout.mask.all() else '<span class="said">said by the environment</span>'
    return (
        f'<p class="legend"><b>{escape(layer.label)}, {layer.unit}</b><span>{low} '
        f'<span class="ramp" style="{ramp(scale)}" role="img" '
        f'aria-label="shades from {low} to {high}"></span> '
        f"{high}{middle}</span>{plan}{said}</p>"
    )


def ramp(scale: Scale) -> str:
    """The style of a strip of all shades."""
    ends = []
    for value in (scale.low, scale.high):
        shade = scale.shade(value)
        hue = "plain" if scale.centre is None else "up" if shade > 0 else "down"
        ends.append(f"color-mix(in srgb, var(--{hue}) {90 * abs(shade):.0f}%, transparent)")
    if scale.centre is not None and scale.high > scale.low:
        ends.insert(1, f"transparent {(scale.centre - scale.low) / (scale.high - scale.low):.0%}")
    return f"background: linear-gradient(to right, {', '.join(ends)})"


def _plans(rollout: Rollout) -> bool:
    return rollout.planning is not None and bool(rollout.planning.any())


def _token(rollout: Rollout, at: int, value: float, scale: Scale, layer: Layer) -> str:
    classes = ["t"]
    if not rollout.mask[at]:
        classes.append("said")
    if rollout.planning is not None and rollout.planning[at]:
        classes.append("plan")
    shade, style = scale.shade(value), ""
    if abs(shade) >= 0.02:
        classes.append("plain" if scale.centre is None else "up" if shade > 0 else "down")
        style = f' style="--k:{90 * abs(shade):.0f}%"'
    unit = " nats" if layer.unit == "nats" else ""
    title = "" if value != value else f' title="{number(value)}{unit}"'
    return (
        f'<span class="{" ".join(classes)}"{style}{title}>{escape(shown(rollout.text[at]))}</span>'
    )
