"""The plots of the report: a file per panel, and `NAMES`, which lists them.

Each panel owns the names of the metrics that it reads. It is drawn, or left out with a sentence.
"""

from __future__ import annotations

from importlib import import_module

# In the order of the page. The panel `x` is the function `x` in the file `x.py`.
NAMES = (
    "reward",
    "verdicts",
    "actor",
    "groups",
    "signal",
    "sepa",
    "weights",
    "planning",
    "timings",
    "agreement",
)
PANELS = tuple(getattr(import_module(f"{__name__}.{name}"), name) for name in NAMES)

__all__ = ["NAMES", "PANELS"]
