"""Planning detectors: which tokens of a completion plan rather than execute.

To add one: a file here that maps token ids and a mask to a bool tensor [B,T].
"""

from __future__ import annotations

from .phrases import SEED_PHRASES, PlanningConfig
from .pieces import PieceTable
from .projection import planning_mask

__all__ = ["SEED_PHRASES", "PieceTable", "PlanningConfig", "planning_mask"]
