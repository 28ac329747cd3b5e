"""Counters of the worker processes: what they did, how long it took, what had to be killed."""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

_WINDOW = 2048


@dataclass(frozen=True)
class PoolStats:
    """What the workers of this process have done since it began.

    Attributes:
        calls: requests sent to a worker: comparisons and own checks of environments.
        memo_hits: comparisons that needed no request: an equal one was asked before or is under
            way.
        timeouts: requests that overran their deadline.
        memory: requests that ran out of memory.
        crashes: workers that died on a request, and own checks that raised.
        kills: processes killed by us; every timeout is one.
        respawns: processes started in place of one that was killed or died.
        queue_wait_p95_s: 95th percentile of seconds from the call until a worker took it up.
        verify_p95_s: 95th percentile of seconds from then to the reply, for comparisons.
        check_p95_s: the same for own checks.

    The percentiles look at the last 2,048 requests and are 0 where there are none.
    """

    calls: int = 0
    memo_hits: int = 0
    timeouts: int = 0
    memory: int = 0
    crashes: int = 0
    kills: int = 0
    respawns: int = 0
    queue_wait_p95_s: float = 0.0
    verify_p95_s: float = 0.0
    check_p95_s: float = 0.0


class Recorder:
    """Counts and bounded samples; safe from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._samples = {
            name: deque[float](maxlen=_WINDOW) for name in ("queue_wait", "verify", "check")
        }

    def count(self, name: str) -> None:
        """Add one to the counter `name`."""
        with self._lock:
            self._counts[name] += 1

    def served(self, job: str, waited: float, took: float, error: str) -> None:
        """Record a reply: seconds in the queue, seconds at the worker, its error or ""."""
        with self._lock:
            self._counts["calls"] += 1
            self._counts[_COUNTER.get(error, "")] += 1
            self._samples["queue_wait"].append(waited)
            self._samples[job].append(took)

    def stats(self) -> PoolStats:
        """Return the counters as they are now."""
        with self._lock:
            said: dict[str, Any] = {name: n for name, n in self._counts.items() if name}
            samples = {name: sorted(values) for name, values in self._samples.items()}
        return PoolStats(**said | {f"{name}_p95_s": _p95(v) for name, v in samples.items()})


_COUNTER = {"timeout": "timeouts", "memory": "memory", "crash": "crashes"}


def _p95(ordered: list[float]) -> float:
    return ordered[math.ceil(0.95 * len(ordered)) - 1] if ordered else 0.0
