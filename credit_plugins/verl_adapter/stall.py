"""Notices that a run no longer moves: no rollout finishes and no phase of a step ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..options import Options, integer
from .sections import options_of, problems_of

SECTION = "trainer.stall"
_LEAST_S = 300.0
"""No limit is shorter, however short the steps are: a checkpoint takes its time."""


@dataclass(frozen=True)
class StallConfig(Options):
    """Options of ``trainer.stall``.

    Attributes:
        first_step_s: seconds without any progress that end a run before its first step has ended.
        steps: after it, so many times the longest step, and at least 300 seconds.
    """

    first_step_s: int = integer(3600, 1)
    steps: int = integer(10, 1)


def problems(config: Any) -> list[str]:
    """One sentence per setting of ``trainer.stall`` that is unknown or out of range."""
    return problems_of(config, SECTION, StallConfig)


class Stall:
    """Follows a trainer of verl from beside it; asked again and again, it says when it stands.

    The limit is ``first_step_s`` until a step has ended, then

        max(300 s, steps * longest step of this process)

    A step counts with its checkpoint and its validation.

    Args:
        config: verl's, in which ``problems`` finds none.
        clock: seconds.
    """

    def __init__(self, config: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = options_of(config, SECTION, StallConfig)
        self._clock = clock
        self._rollouts = self._groups = 0
        self._seen: tuple[Any, ...] = ()
        self._moved = self._step_began = clock()
        self._longest = 0.0

    def watch_rollouts(self, buffer: Any) -> None:
        """Count the finished rollouts whenever verl's replay buffer looks for them.

        Of a sampler of a user's own that does not look in this way only phases are seen.
        """
        look = getattr(buffer, "_sync_metadata_from_transfer_queue", None)
        if look is None:
            return

        def counted() -> None:
            look()
            self._rollouts = sum(map(len, buffer.partitions.values()))
            ended = (buffer.finished_keys, buffer.failure_keys)
            self._groups = sum(len(keys) for kind in ended for keys in kind.values())

        buffer._sync_metadata_from_transfer_queue = counted

    def cause(self, trainer: Any) -> str:
        """Why the run is to be ended, "" while it moves; to be asked every few seconds."""
        now, seen = self._clock(), self._look(trainer)
        if seen != self._seen:
            self._time_steps(seen, now)
            self._seen, self._moved = seen, now
            return ""
        stood, (limit, rule) = now - self._moved, self._limit()
        if stood <= limit:
            return ""
        step, phases = seen[:2]
        last = f"the last phase that ended is {phases[-1][0]}" if phases else "no phase has ended"
        return (
            f"No rollout has finished and no phase of a step has ended for {stood:.0f} s, longer "
            f"than {rule}. At step {step}, {last}; the queue holds {self._rollouts} finished "
            f"rollouts of {self._groups} finished groups"
        )

    def _look(self, trainer: Any) -> tuple[Any, ...]:
        """What changes as long as a run moves; phases are None before verl's first step."""
        timing = getattr(trainer, "timing_raw", None)  # the phases of this step that have ended
        phases = None if timing is None else tuple(timing.items())
        return getattr(trainer, "global_steps", 0), phases, self._rollouts, self._groups

    def _time_steps(self, seen: tuple[Any, ...], now: float) -> None:
        before = self._seen or seen
        if seen[0] != before[0]:
            if before[1] is not None:
                self._longest = max(self._longest, now - self._step_began)
            self._step_began = now

    def _limit(self) -> tuple[float, str]:
        if not self._longest:
            limit = float(self._config.first_step_s)
            return limit, f"{SECTION}.first_step_s={limit:.0f}"
        limit = self._config.steps * self._longest
        if limit < _LEAST_S:
            return _LEAST_S, f"{_LEAST_S:.0f} s"
        took = f"the longest step ({self._longest:.1f} s)"
        return limit, f"{SECTION}.steps={self._config.steps} times {took}"
