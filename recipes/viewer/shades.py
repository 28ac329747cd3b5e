"""Shades in a terminal: colours where it has them, marks where it has not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rich.console import Console

from .layers import Scale

GREY, BELOW, ABOVE, PLAIN = (110, 110, 110), (0, 98, 170), (176, 74, 0), (0, 120, 96)
"""White text has a contrast of at least 4.5 to 1 on each of them and on every mixture."""

WEAK, STRONG = 0.15, 0.6
"""Shades up to the first are not shown, so that those of the tokens that matter stand out."""

_BARS, _ASCII = "▁▂▃▄▅▆▇█", "0123456789"
_SIGNED, _SIGNED_ASCII = "▼▽ △▲", "=- +#"


@dataclass(frozen=True)
class Shades:
    """Shades of a console.

    Attributes:
        colours: it has enough of them; else marks stand below the text.
        unicode: it can print blocks; else digits.
    """

    colours: bool
    unicode: bool

    @classmethod
    def of(cls, console: Console) -> Shades:
        """What a console can show; ``NO_COLOR``, pipes and 16 colours get marks."""
        enough = console.color_system in ("256", "truecolor") and not console.no_color
        return cls(enough, console.encoding.lower().startswith("utf"))

    def style(self, shade: float, centre: float | None) -> str:
        """The rich style of a shade; "" for none."""
        if not self.colours or not abs(shade) > WEAK:
            return ""
        hue = PLAIN if centre is None else ABOVE if shade > 0 else BELOW
        mixed = (
            round(grey + (full - grey) * abs(shade)) for grey, full in zip(GREY, hue, strict=True)
        )
        return f"#ffffff on #{''.join(f'{part:02x}' for part in mixed)}"

    def mark(self, shade: float, centre: float | None) -> str:
        """One character for a shade; a space for a value that is not known."""
        if centre is None or shade != shade:
            return self._bar(shade)
        signed = _SIGNED if self.unicode else _SIGNED_ASCII
        size = (abs(shade) > WEAK) + (abs(shade) > STRONG)
        return signed[2 + size if shade > 0 else 2 - size]

    def legend(self, scale: Scale) -> list[tuple[float, str]]:
        """Shades with what stands beside each: from the lowest to the highest."""
        if scale.low != scale.low:
            return []
        start = scale.low if scale.centre is None else scale.centre
        inner = (0.33, 0.67) if scale.centre is None else (-0.4, 0.0, 0.4)
        ends = scale.shade(scale.low), scale.shade(scale.high)
        steps = [ends[0], *(step for step in inner if ends[0] < step < ends[1]), ends[1]]
        return [(step, f"{start + step * scale.reach:.3g}") for step in sorted({*steps})]

    def sparkline(self, values_T: np.ndarray, scale: Scale, width: int) -> str:
        """Means of so many stretches of a rollout as bars; spaces where nothing is known."""
        wide = scale.high - scale.low or 1.0  # a line needs no centre
        found = ""
        for part in np.array_split(values_T, min(width, len(values_T))):
            known = part[np.isfinite(part)]
            found += self._bar((known.mean() - scale.low) / wide if len(known) else float("nan"))
        return found

    def _bar(self, share: float) -> str:
        bars = _BARS if self.unicode else _ASCII
        return " " if share != share else bars[max(0, min(len(bars) - 1, int(share * len(bars))))]
