"""Held-out pass@k of a run: what it logged, problem by problem where it kept that, intervals."""

from __future__ import annotations

from .change import Change, change
from .intervals import Interval
from .rates import HeldOut, held_out
from .validation import MEAN, Validations, display, validations

__all__ = [
    "MEAN",
    "Change",
    "HeldOut",
    "Interval",
    "Validations",
    "change",
    "display",
    "held_out",
    "validations",
]
