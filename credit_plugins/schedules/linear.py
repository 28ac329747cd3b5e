"""A straight line, after a delay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..options import integer
from .schedule import Schedule


@dataclass(frozen=True)
class Linear(Schedule):
    """``start + (end - start) * clip((step - delay) / steps, 0, 1)``.

    With steps=1 the number is ``end`` as soon as the delay is over or the gate is open.

    Attributes:
        steps: steps from start to end.
        delay: steps before the number begins to move.

    >>> linear = Linear(steps=100, delay=10)
    >>> linear.value(linear.init_state(), 15)
    0.05
    """

    steps: int = integer(100, 1)
    delay: int = integer(0, 0)

    def share(self, memory: Mapping[str, Any], step: int) -> float:
        """How far the line has come."""
        return (step - self.delay) / self.steps
