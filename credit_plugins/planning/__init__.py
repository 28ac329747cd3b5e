"""Planning detectors: which tokens of a completion plan rather than execute.

To add one: a file in ``detectors/`` with one declared function; see ``detector.py``. This package
imports no torch by itself.
"""

from __future__ import annotations

from .detector import signal_detector, text_detector
from .pieces import PieceTable
from .projection import planning_mask

__all__ = ["PieceTable", "planning_mask", "signal_detector", "text_detector"]
