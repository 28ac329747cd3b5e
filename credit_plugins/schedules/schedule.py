"""What a schedule is: a number by training step, behind a gate, with a memory of metrics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..options import Options, choice, number

CLOCKS = ("runs", "waits")
ANY = 1e9
CORRECT_RATE = "credit/correct_rate"

Memory = dict[str, Any]
"""What one schedule remembers between steps: a plain dict that survives JSON."""


@dataclass(frozen=True)
class Schedule(Options):
    """``start + (end - start) * share(step)``, held at ``start`` while the gate is closed.

    The number is resolved before the batch is read; after the step the schedule takes in the
    step's metrics. So what it sees acts from the next step on. Observing a step twice changes
    nothing.

    Attributes:
        start: the number before the schedule begins, and while the gate is closed.
        end: the number at the end.
        gate: correct rate that a batch must reach once; from the next step on the gate is open,
            and stays so. 0 means no gate.
        clock: ``runs``: steps count while the gate is closed, and the number jumps when it opens;
            ``waits``: the schedule starts at its step 1 when the gate opens, and sees nothing
            before.
    """

    start: float = number(0.0, -ANY, ANY)
    end: float = number(1.0, -ANY, ANY)
    gate: float = number(0.0, 0.0, 1.0)
    clock: str = choice("runs", CLOCKS)

    def share(self, memory: Mapping[str, Any], step: int) -> float:
        """How far the number is from ``start`` to ``end``, 0 to 1."""
        raise NotImplementedError

    def begin(self) -> Memory:
        """The memory before the first step."""
        return {}

    def remember(self, memory: Mapping[str, Any], seen: Mapping[str, float]) -> Memory:
        """The memory after a step with these metrics."""
        return dict(memory)

    def init_state(self) -> Memory:
        """Closed, and no step seen yet."""
        return {"step": None, "opened_at": None, "memory": self.begin()}

    def is_open(self, state: Mapping[str, Any], step: int) -> bool:
        """Whether the gate is open at ``step``."""
        opened_at = state["opened_at"]
        return self.gate == 0 or (opened_at is not None and step > opened_at)

    def value(self, state: Mapping[str, Any], step: int) -> float:
        """The number at ``step``."""
        if not self.is_open(state, step):
            return self.start
        since = state["opened_at"] if self.gate and self.clock == "waits" else 0
        share = min(max(self.share(state["memory"], step - since), 0.0), 1.0)
        return self.start + (self.end - self.start) * share

    def observe(self, state: Mapping[str, Any], step: int, seen: Mapping[str, float]) -> Memory:
        """The state after a step with these metrics."""
        if state["step"] is not None and step <= state["step"]:
            return dict(state)
        memory, opened_at = state["memory"], state["opened_at"]
        if self.is_open(state, step) or self.clock == "runs":
            memory = self.remember(memory, seen)
        if opened_at is None and seen.get(CORRECT_RATE, math.nan) >= self.gate:
            opened_at = step
        return {"step": step, "opened_at": opened_at, "memory": memory}
