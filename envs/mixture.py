"""Which task a row of a data set is: the entry it belongs to, and the index within it.

An order maps the number of a row to a task, and nothing else enters: a data loader that goes on at
row n goes on exactly. `InOrder` puts entries one after another, `Interleaved` mixes them by weight,
`Adaptive` follows a curriculum, whose state belongs to the checkpoint.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .curriculum import Curriculum, Level, State, accuracies, level_key
from .info import ENV_ERROR, SOURCE

_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Place:
    """A task: number of the entry, index within it, and the level if one is asked for."""

    entry: int
    index: int
    level: Level | None = None


class InOrder:
    """All rows of the first entry, then all of the second, and so on."""

    def __init__(self, sizes: Iterable[int]) -> None:
        self._ends = list(itertools.accumulate(sizes))

    def __call__(self, row: int) -> Place:
        """Return the task of a row below the sum of the sizes."""
        entry = bisect.bisect_right(self._ends, row)
        return Place(entry, row - (self._ends[entry - 1] if entry else 0))


class Interleaved:
    r"""Entries mixed by weight, the tasks of each in their order.

    Task j of an entry with share s belongs at

    \[ t = (j + 1/2) / s \]

    and row n is the task with the n-th smallest t, the first entry first where they are equal. Of
    any n rows in a row an entry with share s gets n s, give or take 1 + k s with k entries, and
    exactly n s where n is a multiple of the least number for which every n s is whole. One entry
    alone has task n in row n. Exact in fractions, so no rounding moves a row.
    """

    def __init__(self, weights: Iterable[float]) -> None:
        given = [Fraction(str(weight)) for weight in weights]
        self._shares = [weight / sum(given) for weight in given]

    def __call__(self, row: int) -> Place:
        """Return the task of a row; the cost does not depend on which."""
        k = len(self._shares)
        # At most `row` tasks belong before this time, and fewer than k of those are missing.
        counts = self._before(max(Fraction(row) - k * _HALF, Fraction(0)))
        for _ in range(row - sum(counts)):
            counts[self._next(counts)] += 1
        entry = self._next(counts)
        return Place(entry, counts[entry])

    def rows_for(self, tasks: Sequence[int]) -> int:
        """Return how many rows it takes until each entry has been asked its number of tasks."""
        times = [(n - _HALF) / share for n, share in zip(tasks, self._shares, strict=True)]
        return sum(self._before(max(times)))

    def _before(self, time: Fraction) -> list[int]:
        """Return how many tasks of each entry belong at or before a time."""
        return [int(time * share + _HALF) for share in self._shares]

    def _next(self, counts: Sequence[int]) -> int:
        times = [(n + _HALF) / share for n, share in zip(counts, self._shares, strict=True)]
        return times.index(min(times))


class Adaptive:
    """Entries and their levels, asked as a curriculum says.

    The curriculum's levels are those of the environments, named ``ENTRY/LEVEL``, or ``ENTRY`` for
    one without levels; a single environment's are named by themselves. Levels of an entry share
    its weight equally while nothing is known.

    Args:
        entries: name and levels of each; no names for a single environment.
        weights: of the entries.
        settings: arguments of `Curriculum`.
        seed: of the draws.
    """

    def __init__(
        self,
        entries: Sequence[tuple[str | None, Sequence[Level]]],
        weights: Sequence[float],
        settings: Mapping[str, Any],
        seed: int,
    ) -> None:
        self._places: dict[Level, tuple[int, Level | None]] = {}
        self._levelled = {name for name, levels in entries if levels}
        self._named = entries[0][0] is not None
        self._seed = seed
        shares = []
        for number, ((name, levels), weight) in enumerate(zip(entries, weights, strict=True)):
            for level in levels or (None,):
                self._places[self._unit(name, level)] = number, level
                shares.append(weight / max(1, len(levels)))
        self._curriculum = Curriculum(levels=tuple(self._places), shares=tuple(shares), **settings)
        self.state: State = self._curriculum.init_state()

    def __call__(self, row: int) -> Place:
        """Return the task of a row, drawn by the probabilities of the present state."""
        unit = self._curriculum.level_for(self.state, self._seed, row)
        entry, level = self._places[unit]
        return Place(entry, row, level)

    def observe(self, step: int, infos: Iterable[Mapping[str, Any]]) -> dict[str, float]:
        """Learn from the infos of a training step; return accuracies and probabilities by name."""
        judged = [info for info in infos if info.get(ENV_ERROR) == 0.0]
        seen = accuracies((self._unit_of(i) for i in judged), (i["acc"] for i in judged))
        self.state = self._curriculum.update(self.state, seen, step)
        known = {f"curriculum/accuracy/{n}": a for n, a in self.state["accuracy"].items()}
        weights = self._curriculum.weights(self.state)
        return {**known, **{f"curriculum/probability/{n}": p for n, p in weights.items()}}

    def _unit_of(self, info: Mapping[str, Any]) -> Level:
        level: Level = info["difficulty"]
        if not self._named:
            return level
        name = info[SOURCE]
        return self._unit(name, level if name in self._levelled else None)

    def _unit(self, name: str | None, level: Level | None) -> Level:
        if level is None:
            return str(name)
        return level if name is None else f"{name}/{level_key(level)}"
