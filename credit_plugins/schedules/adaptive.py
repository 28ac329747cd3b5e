"""A number that moves once the execution tokens have become certain by themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..options import integer, number
from .schedule import Memory, Schedule

EPS = 1e-8
WATCHED = "/exec_var"
"""End of the metric's name; SEPA reports it."""


@dataclass(frozen=True)
class Adaptive(Schedule):
    """``share = max(1 - min(ema / (var_threshold * ema_warmup), 1), clip((step-delay)/steps))``.

    ``ema`` averages SEPA's metric ``exec_var``, the variance of the signal on execution tokens
    within completions, one update per step, up to the step before; ``ema_warmup`` is its value at
    update number ``warmup``, before which the number is ``start``. A batch without execution tokens
    updates nothing. With steps=0 there is no floor.

    The authors' code updates once per completion, with decay .99 and warmup 50, which the first
    step uses up; the defaults here are for one update per step.

    Attributes:
        var_threshold: share of the first variance below which the number leaves ``start``.
        ema_decay: weight of the past in the average, per step.
        warmup: steps after which the average is taken as the variance to compare with.
        steps: steps of the floor, a line from start to end; 0 means none.
        delay: steps before the floor begins to rise.

    >>> schedule = Adaptive(ema_decay=0.0, warmup=1)
    >>> state = schedule.observe(schedule.init_state(), 1, {"credit/entropy/exec_var": 1.0})
    >>> state = schedule.observe(state, 2, {"credit/entropy/exec_var": 0.1})
    >>> schedule.value(state, 3)
    0.5
    """

    var_threshold: float = number(0.2, 1e-6, 1.0)
    ema_decay: float = number(0.9, 0.0, 1.0)
    warmup: int = integer(10, 1)
    steps: int = integer(0, 0)
    delay: int = integer(0, 0)

    def begin(self) -> Memory:
        """Nothing seen yet."""
        return {"updates": 0, "ema": None, "first": None}

    def share(self, memory: Mapping[str, Any], step: int) -> float:
        """How far the variance has fallen, or the floor."""
        if memory["first"] is None:
            return 0.0
        fallen = 1 - min(memory["ema"] / memory["first"] / self.var_threshold, 1.0)
        floor = (step - self.delay) / self.steps if self.steps else 0.0
        return float(max(fallen, floor))

    def remember(self, memory: Mapping[str, Any], seen: Mapping[str, float]) -> Memory:
        """One update of the average."""
        variance = next((x for name, x in seen.items() if name.endswith(WATCHED)), math.nan)
        if not math.isfinite(variance):
            return dict(memory)
        before, updates = memory["ema"], memory["updates"] + 1
        ema = variance
        if before is not None:
            ema = self.ema_decay * before + (1 - self.ema_decay) * variance
        first = max(ema, EPS) if updates == self.warmup else memory["first"]
        return {"updates": updates, "ema": ema, "first": first}
