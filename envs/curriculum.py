r"""Which levels to ask, from how well the recent ones went.

\[ p_l = b_l \left( nf + (1 - nf) \frac{w_l}{\sum_m b_m w_m} \right), \qquad
w_l = \exp(-(a_l - t)^2 / 2s^2) \]

with \(a_l\) the moving average of the accuracy at level l, t the target, s the width, f the floor,
n the number of levels and \(b_l\) the share of level l, 1/n unless others are given; then
\(p_l = f + (1 - nf) w_l / \sum w\). Reduces to the shares for s -> infinity, for f = 1/n, and while
nothing has been seen; a level that nothing is known of counts as being at the target, so each gets
tried. At t = 1/2 the weight is highest where a group of rollouts has the most to compare.

Pure: the state is a value that goes in and comes out, and JSON can hold it.

>>> curriculum = Curriculum(levels=(1, 2))
>>> state = curriculum.update(curriculum.init_state(), {1: 1.0, 2: 0.5}, step=1)
>>> [round(p, 2) for p in curriculum.weights(state).values()]
[0.1, 0.9]
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from . import seeding
from .errors import EnvConfigError

Level = float | str
State = dict[str, Any]


@dataclass(frozen=True)
class Curriculum:
    """A distribution over levels that follows the learner.

    Attributes:
        levels: those of the environment, all different.
        target: the accuracy to stay near, 0 to 1.
        width: how far from the target a level may be and still be asked often, above 0.
        floor: the least probability of every level, 0 to 1/len(levels); None for a fifth of 1/n. A
            level whose share is k/n keeps k times as much.
        memory: share of the moving average that a step keeps, 0 (only the last step) to below 1.
        shares: of the levels while nothing is known, above 0, in their order, in any unit; () for
            equal ones.

    Raises:
        EnvConfigError: a value is out of its range.
    """

    levels: tuple[Level, ...]
    target: float = 0.5
    width: float = 0.15
    floor: float | None = None
    memory: float = 0.8
    shares: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", tuple(self.levels))
        object.__setattr__(self, "shares", tuple(self.shares))
        if problems := list(_problems(self)):
            raise EnvConfigError(" ".join(problems))

    @property
    def least(self) -> float:
        """The probability that a level of an equal share keeps."""
        return 0.2 / max(1, len(self.levels)) if self.floor is None else self.floor

    def init_state(self) -> State:
        """Return the state before anything is known of the learner."""
        return {"step": -1, "accuracy": {}}

    def update(self, state: State, accuracies: Mapping[Level, float], step: int) -> State:
        """Return the state after `step`, whose rollouts were right this often at each level.

        A step that has been counted changes nothing, so repeating one after a resume is safe.
        Levels that were not asked keep their average; levels that are not ours are ignored.
        """
        if step <= state["step"]:
            return state
        known = dict(state["accuracy"])
        ours = {level_key(level) for level in self.levels}
        for level, accuracy in accuracies.items():
            if (key := level_key(level)) in ours:
                before = known.get(key, accuracy)
                known[key] = self.memory * before + (1 - self.memory) * float(accuracy)
        return {"step": int(step), "accuracy": known}

    def weights(self, state: State) -> dict[Level, float]:
        """Return the probability of every level; they add up to 1."""
        known = state["accuracy"]
        distances = [(known.get(level_key(n), self.target) - self.target) ** 2 for n in self.levels]
        nearest = min(distances)  # so that the largest weight is 1 however far all are
        shares = self.shares or (1.0,) * len(self.levels)
        relative = [len(shares) * share / sum(shares) for share in shares]  # 1 for 1/n
        near = [math.exp((nearest - d) / (2 * self.width**2)) for d in distances]
        raw = [b * w for b, w in zip(relative, near, strict=True)]
        free = 1 - len(self.levels) * self.least
        return {
            level: b * self.least + free * w / sum(raw)
            for level, b, w in zip(self.levels, relative, raw, strict=True)
        }

    def level_for(self, state: State, seed: int, index: int) -> Level:
        """Return the level of task `index`: drawn from `weights`, the same in every process."""
        weights = self.weights(state)
        levels, reached = list(weights), list(itertools.accumulate(weights.values()))
        draw = seeding.task_rng("curriculum", seed, "train", index).random() * reached[-1]
        return levels[min(bisect.bisect_right(reached, draw), len(levels) - 1)]


def accuracies(levels: Iterable[Level], correct: Iterable[float]) -> dict[Level, float]:
    """Return the share of correct rollouts of each level: info["difficulty"], info["acc"]."""
    seen: defaultdict[Level, list[float]] = defaultdict(list)
    for level, right in zip(levels, correct, strict=True):
        seen[level].append(float(right))
    return {level: sum(rights) / len(rights) for level, rights in seen.items()}


def level_key(level: Level) -> str:
    """Return one name for 2, 2.0 and numpy's 2: JSON's keys are text."""
    return level if isinstance(level, str) else repr(float(level))


def _problems(c: Curriculum) -> Iterable[str]:
    n = len(c.levels)
    if not n or len({level_key(level) for level in c.levels}) < n:
        yield f"levels must be different, and at least one; got {c.levels!r}."
    if not 0 <= c.target <= 1:
        yield f"target must be from 0 to 1; got {c.target!r}."
    if c.shares and (len(c.shares) != n or not all(share > 0 for share in c.shares)):
        yield f"shares must be {n} numbers above 0, one per level; got {c.shares!r}."
    if not c.width > 0:
        yield f"width must be above 0; got {c.width!r}."
    if n and not 0 <= c.least <= 1 / n:
        yield f"floor must be from 0 to 1/{n}, one share per level; got {c.floor!r}."
    if not 0 <= c.memory < 1:
        yield f"memory must be from 0 to below 1; got {c.memory!r}."
