"""What each operator changed in a group, in numbers.

Arrays named ``_N`` run over the generated tokens of all rollouts, one rollout after another; ``_B``
over rollouts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from credit_plugins.dump import Dump, Rollout
from credit_plugins.dump.read import Ran
from credit_plugins.operator import EPISODE, SIGNAL

TOLERANCE = 1e-5
"""Relative to the size of what is compared; float32 sums of a group differ by less."""


@dataclass(frozen=True)
class Tokens:
    """The generated tokens of a group.

    Attributes:
        rollout_N: position of its rollout in the group.
        place_N: position in its response.
        planning_N: whether it plans; None if the chain does not look for it.
        rollouts: number of rollouts.
    """

    rollout_N: np.ndarray
    place_N: np.ndarray
    planning_N: np.ndarray | None
    rollouts: int

    @classmethod
    def of(cls, rollouts: Sequence[Rollout]) -> Tokens:
        """Those of some rollouts."""
        places = [np.flatnonzero(one.mask) for one in rollouts]
        rollout_N = np.repeat(np.arange(len(rollouts)), list(map(len, places)))
        plans = [one.planning for one in rollouts]
        known = [x[at] for x, at in zip(plans, places, strict=True) if x is not None]
        planning_N = np.concatenate(known) if len(known) == len(rollouts) else None
        return cls(rollout_N, np.concatenate(places), planning_N, len(rollouts))

    def line(self, columns: Sequence[Any]) -> np.ndarray:
        """One array per rollout, [T] each, as one [N] in float64; 0 for what is not finite."""
        kept = [columns[i][self.place_N[self.rollout_N == i]] for i in range(self.rollouts)]
        line_N: np.ndarray = np.concatenate(kept).astype(np.float64)
        line_N[~np.isfinite(line_N)] = 0.0
        return line_N

    def sums(self, x_N: np.ndarray) -> np.ndarray:
        """Sum over each rollout, [B]."""
        sums_B: np.ndarray = np.bincount(self.rollout_N, x_N, self.rollouts)
        return sums_B

    def means(self, x_N: np.ndarray, chosen_N: np.ndarray | None = None) -> np.ndarray:
        """Mean over the chosen tokens of each rollout, [B]; NaN without one."""
        chosen_N = np.ones(len(x_N)) if chosen_N is None else chosen_N.astype(float)
        count_B = self.sums(chosen_N)
        nothing = np.full(self.rollouts, np.nan)
        means_B: np.ndarray = np.divide(
            self.sums(x_N * chosen_N), count_B, out=nothing, where=count_B > 0
        )
        return means_B


@dataclass(frozen=True)
class Effect:
    """What one operator changed.

    Attributes:
        ran: the operator at its numbers.
        tokens: of the group.
        before_N: of a signal operator the signal, of the others the advantage, before it ran.
        after_N: the same after it ran.
    """

    ran: Ran
    tokens: Tokens
    before_N: np.ndarray
    after_N: np.ndarray

    @property
    def changed_N(self) -> np.ndarray:
        """After less before."""
        changed_N: np.ndarray = self.after_N - self.before_N
        return changed_N

    @cached_property
    def moved(self) -> float:
        """``sum |after - before| / sum |before|``; NaN where all was 0."""
        size = np.abs(self.before_N).sum()
        return float(np.abs(self.changed_N).sum() / size) if size else float("nan")

    @property
    def changes(self) -> bool:
        """Whether it changed anything beyond rounding."""
        return bool(np.abs(self.changed_N).max(initial=0.0) > TOLERANCE * self._size)

    @property
    def totals(self) -> tuple[float, float]:
        """Sum over the group, before and after; 0 where it is no more than rounding."""
        first, second = (
            float(total) if abs(total := x_N.sum()) > TOLERANCE * np.abs(x_N).sum() else 0.0
            for x_N in (self.before_N, self.after_N)
        )
        return first, second

    @property
    def keeps_each(self) -> bool:
        """Whether every rollout keeps its sum."""
        return self._same(self.tokens.sums(self.before_N), self.tokens.sums(self.after_N))

    @property
    def keeps_total(self) -> bool:
        """Whether the group keeps its sum."""
        return self._same(*map(np.array, self.totals))

    @property
    def flipped(self) -> int:
        """Tokens whose advantage changed its sign."""
        return int((self.before_N * self.after_N < 0).sum())

    @property
    def shares(self) -> tuple[float, float] | None:
        """Share of ``sum |x|`` on planning tokens, before and after; None if not looked for."""
        plans_N = self.tokens.planning_N
        if plans_N is None:
            return None
        both = [np.abs(x_N) for x_N in (self.before_N, self.after_N)]
        first, second = (x @ plans_N / x.sum() if x.sum() else float("nan") for x in both)
        return float(first), float(second)

    def most(self, count: int) -> list[int]:
        """The tokens that changed most, as positions in [N]."""
        size_N = np.abs(self.changed_N)
        order = np.argsort(-size_N, kind="stable")[:count]
        return [int(n) for n in order if size_N[n] > TOLERANCE * self._size]

    @property
    def _size(self) -> float:
        return float(max(np.abs(x).max(initial=0.0) for x in (self.before_N, self.after_N)))

    def _same(self, a: np.ndarray, b: np.ndarray) -> bool:
        scale = np.abs(self.before_N).sum() + np.abs(self.after_N).sum()
        return bool((np.abs(a - b) <= TOLERANCE * scale).all())


def effects_of(dump: Dump, tokens: Tokens, signal: str) -> list[Effect]:
    """The effect of each operator of a dump.

    Args:
        dump: rollouts of one group, with their layers.
        tokens: of these rollouts.
        signal: ``entropy`` or ``surprisal``, which the chain reads; "" for neither.
    """
    rollouts, zero_N = dump.rollouts, np.zeros(len(tokens.rollout_N))
    now = {"advantage": zero_N, SIGNAL: zero_N}
    if signal:
        now[SIGNAL] = tokens.line([getattr(one, signal) for one in rollouts])
    found = []
    for ran in dump.operators:
        kind = SIGNAL if ran.kind == SIGNAL else "advantage"
        after_N = tokens.line([one.layers[ran.column] for one in rollouts])
        found.append(Effect(ran, tokens, now[kind], after_N))
        now[kind] = after_N
    return found


def uniform_cosine(effects: Sequence[Effect]) -> float:
    """Cosine of the final advantages to those of the episode operator; NaN where one is all 0."""
    last = [one for one in effects if one.ran.kind != SIGNAL][-1].after_N
    first = next(one for one in effects if one.ran.kind == EPISODE).after_N
    sizes = np.linalg.norm(last) * np.linalg.norm(first)
    return float(last @ first / sizes) if sizes else float("nan")
