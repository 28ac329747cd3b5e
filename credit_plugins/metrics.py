"""Metrics ``credit/*``: declared by the operator that knows them, merged over blocks of rows.

No name contains a word at which verl's aggregator adds values up. A metric that has no tokens or
groups to describe is absent.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

PREFIX = "credit/"


@dataclass(frozen=True)
class Metric:
    """One number that a step logs.

    Attributes:
        name: what follows ``credit/``; ``{signal}`` stands for entropy or surprisal.
        meaning: in words.
        unit: nats, steps, or "" for a pure number.
        panel: the panel of the report that shows it; "" for none.
        merge: how parts become one: ``mean`` (sum over count), ``min``, ``max`` or ``count``.
    """

    name: str
    meaning: str
    unit: str = ""
    panel: str = ""
    merge: str = "mean"


Report = Callable[..., None]
"""``Recorder.add``, as it is given to what finishes metrics."""


@dataclass
class Recorder:
    """Adds up what operators report, block by block.

    Attributes:
        signal: the chain's uncertainty signal, for names; "" without one.
    """

    signal: str = ""
    _parts: dict[Metric, tuple[float, float]] = field(default_factory=dict)
    _rows: dict[Report, list[array[float]]] = field(default_factory=dict)

    def add(self, metric: Metric, value: float | Tensor, count: float | Tensor = 1.0) -> None:
        """Take in a part: a sum with its count, a minimum, a maximum, or a number of things."""
        new, size = float(value), float(count)
        if not size:
            return
        old, before = self._parts.get(metric, (new, 0.0))
        if not before:
            old = 0.0 if metric.merge in ("mean", "count") else new
        merged = {"min": min, "max": max}.get(metric.merge, lambda a, b: a + b)(old, new)
        self._parts[metric] = (merged, before + size)

    def keep(self, finish: Report, *sums_B: Tensor) -> None:
        """Keep sums of each row for ``finish(report, *sums_B)``, called once with all rows."""
        columns = self._rows.setdefault(finish, [array("d") for _ in sums_B])
        for column, sum_B in zip(columns, sums_B, strict=True):
            # Small tensors that stay between large ones that go would leave the heap in pieces.
            column.frombytes(sum_B.double().cpu().numpy().tobytes())

    def _settle(self) -> None:
        rows, self._rows = self._rows, {}
        for finish, columns in rows.items():
            finish(self.add, *(torch.tensor(column, dtype=torch.float64) for column in columns))

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What was reported."""
        self._settle()
        return tuple(self._parts)

    def result(self) -> dict[str, float]:
        """Every metric by its full name."""
        self._settle()
        return {
            PREFIX + metric.name.format(signal=self.signal): (
                value / count if metric.merge == "mean" else value
            )
            for metric, (value, count) in self._parts.items()
        }
