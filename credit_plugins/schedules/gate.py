"""The correctness gate: lambda stays 0 until the policy gets enough right, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..types import Observation, Schedule, State

CLOCKS = ("runs", "waits")


@dataclass(frozen=True)
class StickyGate:
    """Holds a schedule at 0 until a batch reaches ``threshold``; then it stays open.

    The step's number is resolved before the rate is read, so the gate acts from the next step on.
    clock="runs": the inner schedule goes on while the gate is closed, and the number jumps when it
    opens. clock="waits": the inner schedule starts at its step 1 when the gate opens, and sees
    nothing before. A second call at the same step changes nothing. threshold=0 is open from the
    start; a NaN rate opens nothing.
    """

    inner: Schedule
    threshold: float = 0.0
    clock: str = "runs"

    @property
    def watches(self) -> bool:
        """Whether the inner schedule reads the execution variance."""
        return self.inner.watches

    def init_state(self) -> State:
        """Closed, and no step seen yet."""
        return {"step": None, "opened_at": None, "inner": self.inner.init_state()}

    def is_open(self, state: Mapping[str, Any], step: int) -> bool:
        """Whether the gate is open for the resolution of ``step``."""
        opened_at = state["opened_at"]
        return self.threshold == 0 or (opened_at is not None and step > opened_at)

    def resolve(self, state: Mapping[str, Any], seen: Observation) -> tuple[float, State]:
        """The inner number if open, else 0."""
        value, inner = 0.0, state["inner"]
        is_open = self.is_open(state, seen.step)
        if is_open or self.clock == "runs":
            value, inner = self.inner.resolve(inner, self._by_inner_clock(state, seen))
        value = value if is_open else 0.0
        if state["step"] is not None and seen.step <= state["step"]:
            return value, dict(state)
        opened_at = state["opened_at"]
        if opened_at is None and seen.correct_rate >= self.threshold:
            opened_at = seen.step
        return value, {"step": seen.step, "opened_at": opened_at, "inner": inner}

    def _by_inner_clock(self, state: Mapping[str, Any], seen: Observation) -> Observation:
        if self.clock == "runs" or self.threshold == 0:
            return seen
        return replace(seen, step=seen.step - state["opened_at"])
