"""Lambda that rises once the execution tokens have become certain by themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..types import Observation, Schedule, State
from .linear import Linear

EPS = 1e-8


@dataclass(frozen=True)
class Adaptive:
    """See ``adaptive``."""

    floor: Linear
    decay: float
    warmup: int
    threshold: float

    watches = True

    def init_state(self) -> State:
        """Nothing seen yet."""
        return {"step": None, "updates": 0, "ema": None, "first": None}

    def resolve(self, state: Mapping[str, Any], seen: Observation) -> tuple[float, State]:
        """The number after this step's variance is taken in; once per step."""
        state = dict(state)
        if state["step"] is None or seen.step > state["step"]:
            state = self._updated(state, seen)
        if state["first"] is None:
            return 0.0, state
        fallen = 1 - min(state["ema"] / state["first"] / self.threshold, 1.0)
        return max(fallen, self.floor.resolve({}, seen)[0]), state

    def _updated(self, state: State, seen: Observation) -> State:
        if not math.isfinite(seen.exec_variance):
            return {**state, "step": seen.step}
        before, updates = state["ema"], state["updates"] + 1
        ema = seen.exec_variance
        if before is not None:
            ema = self.decay * before + (1 - self.decay) * ema
        first = max(ema, EPS) if updates == self.warmup else state["first"]
        return {"step": seen.step, "updates": updates, "ema": ema, "first": first}


def adaptive(
    *,
    steps: int = 0,
    delay: int = 0,
    ema_decay: float = 0.9,
    warmup: int = 10,
    var_threshold: float = 0.2,
    **_: float,
) -> Schedule:
    """``lambda = max(1 - min(ema / (var_threshold * ema_warmup), 1), linear(steps, delay))``.

    ``ema`` averages the variance of the signal on execution tokens, within completions, one update
    per step, the current step included; ``ema_warmup`` is its value at update number ``warmup``,
    before which lambda is 0. A batch without execution tokens updates nothing. With steps=0
    there is no floor.

    The authors' code updates once per completion, with decay .99 and warmup 50, which the first
    step uses up; the defaults here are for one update per step.

    >>> schedule = adaptive(ema_decay=0.0, warmup=1)
    >>> _, state = schedule.resolve(schedule.init_state(), Observation(1, 1.0, exec_variance=1.0))
    >>> schedule.resolve(state, Observation(2, 1.0, exec_variance=0.1))[0]
    0.5
    """
    return Adaptive(Linear(steps, delay), ema_decay, warmup, var_threshold)
