"""Schedules: a number per training step, and the gate that holds it at 0.

To add one: a file here, and a line in ``SCHEDULES``. A factory takes the numbers it knows by
keyword and ignores the others of the section.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..types import Schedule
from .adaptive import adaptive
from .constant import constant
from .gate import CLOCKS, StickyGate
from .linear import linear

SCHEDULES: Mapping[str, Callable[..., Schedule]] = {
    "linear": linear,
    "constant": constant,
    "adaptive": adaptive,
}

__all__ = ["CLOCKS", "SCHEDULES", "StickyGate", "adaptive", "constant", "linear"]
