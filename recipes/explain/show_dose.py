"""Doses in the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .gradient import Dose

OTHER_POLICY = 0.03
"""Nats per token; bfloat16 explains about a third of it, another policy any distance."""


def show(doses: Sequence[Dose], console: Console) -> None:
    """Print a line per group, and what the last one means."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in ("group", "rollouts", "tokens", "cosine", "angle", "norm, chain / uniform"):
        table.add_column(name, no_wrap=name == "group", justify="left")
    for dose in doses:
        degrees = math.degrees(math.acos(max(-1.0, min(1.0, dose.cosine))))
        values = (f"{dose.cosine:.5f}", f"{degrees:.1f} degrees", f"{dose.ratio:.3f}")
        shown = ["-" if text.startswith("nan") else text for text in values]
        table.add_row(dose.group[:16], str(dose.rollouts), str(dose.tokens), *shown)
    console.print(table)
    for dose in doses:
        if dose.reason:
            console.print(Text(f"{dose.group}: no cosine, because {dose.reason}."))
    gap = doses[-1].surprisal_gap
    apart = f"this model's surprisals differ from the dump's by {gap:.4f} nats a token"
    if gap > OTHER_POLICY:
        text = f"Note: {apart}, so it is not the policy that wrote it; give the checkpoint before."
        console.print(Text(text, "yellow"))
    elif not math.isnan(gap):
        console.print(Text(f"{apart[0].upper()}{apart[1:]}.", "dim"))
