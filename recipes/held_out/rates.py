"""Held-out pass@k of one run on one data source: problem by problem, or as it was logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import isnan

import numpy as np

from credit_plugins.held_out import Problem
from credit_plugins.stats import pass_at_k

from ..runs import Run
from .intervals import Interval, Values, of_error, of_sum
from .validation import MEAN, Validations, validations

_chance = lru_cache(maxsize=None)(pass_at_k)
ByDifficulty = dict[str, dict[str, float]]
"""Difficulty -> task -> a number; the order of the tasks is that of their names."""


@dataclass(frozen=True)
class HeldOut:
    """The validations of a run on one source.

    The rate of a validation is the mean over problems of a difficulty, then over difficulties, as
    in the logged ``val-credit/SOURCE/mean/pass@k``.

    Attributes:
        logged: what the run logged.
        problems: the outcomes by step; empty unless every validation has them.
    """

    logged: Validations
    problems: dict[int, list[Problem]]

    @property
    def source(self) -> str:
        """Name of the data source."""
        return self.logged.source

    @property
    def steps(self) -> list[int]:
        """Steps of the validations, ascending."""
        return self.logged.steps

    @cached_property
    def tasks(self) -> dict[str, set[str]]:
        """The problems of all validations by difficulty; those seen in each of them."""
        each = [_by_difficulty(problems) for problems in self.problems.values()]
        levels = set.intersection(*(set(found) for found in each)) if each else set()
        return {level: set.intersection(*(set(f[level]) for f in each)) for level in levels}

    def ks(self, steps: Sequence[int]) -> list[int]:
        """The k whose pass@k is known at all these steps, ascending."""
        if not self.problems:
            at = self.logged.at
            return [k for k in self.logged.ks if not any(isnan(at(s, MEAN, k)) for s in steps)]
        fewest = min(p.samples for step in steps for p in self.problems[step])
        return [k for k in self.logged.ks if k <= fewest]

    def rate(self, step: int, k: int) -> Interval:
        """pass@k of one validation with its interval, clustered by problem, within 0 and 1."""
        if self.problems:
            found = of_sum(contributions(self.average([step], k)))
        else:
            found = of_error(self.logged.at(step, MEAN, k), self.logged.error(step, MEAN, k))
        return found.clipped()

    def curve(self, k: int) -> list[tuple[int, Interval]]:
        """pass@k of every validation at which it is known, by step."""
        return [(step, self.rate(step, k)) for step in self.steps if k in self.ks([step])]

    def average(self, steps: Sequence[int], k: int) -> ByDifficulty:
        """Each problem's pass@k, averaged over the steps; see `weights`. Needs `problems`."""
        found: ByDifficulty = {}
        for weight, step in zip(weights(steps), steps, strict=True):
            for level, problems in _by_difficulty(self.problems[step]).items():
                into = found.setdefault(level, {})
                for task, problem in problems.items():
                    chance = _chance(problem.samples, problem.right, k)
                    into[task] = into.get(task, 0.0) + weight * chance
        if len(steps) > 1:  # a problem that a validation lost has no average
            found = {
                level: {task: v for task, v in values.items() if task in self.tasks[level]}
                for level, values in found.items()
                if self.tasks.get(level)
            }
        return found

    def mean(self, steps: Sequence[int], k: int) -> float:
        """pass@k averaged over the steps."""
        if self.problems:
            return of_sum(contributions(self.average(steps, k))).value
        return self.logged_average(steps, k)[0]

    def logged_average(self, steps: Sequence[int], k: int) -> tuple[float, float]:
        """The logged pass@k averaged over the steps, and an upper bound of its standard error.

        The bound is the average of the errors: validations that share their problems err together.
        """
        each = [(self.logged.at(s, MEAN, k), self.logged.error(s, MEAN, k)) for s in steps]
        values, errors = np.array(each).T
        weight = weights(steps)
        return float(weight @ values), float(weight @ errors)


def held_out(run: Run) -> dict[str, HeldOut]:
    """Every data source on which a run validated, by name."""
    return {
        logged.source: HeldOut(logged, _complete(run, logged))
        for logged in validations(run)
        if logged.ks
    }


def weights(steps: Sequence[int]) -> Values:
    """What each step weighs in a mean over the steps by the trapezoid rule; they add up to 1."""
    if len(steps) == 1:
        return np.ones(1)
    gap = np.diff(np.asarray(steps, dtype=np.float64))
    shares: Values = (np.append(gap, 0) + np.insert(gap, 0, 0)) / (2 * gap.sum())
    return shares


def contributions(values: ByDifficulty) -> list[Values]:
    """What each problem adds to the mean over difficulties, a stratum for each difficulty."""
    return [
        np.array([found[task] for task in sorted(found)]) / (len(found) * len(values))
        for _, found in sorted(values.items())
    ]


def _complete(run: Run, logged: Validations) -> dict[int, list[Problem]]:
    found = {step: run.problems.get((step, logged.source), []) for step in logged.steps}
    return found if all(found.values()) else {}


def _by_difficulty(problems: Sequence[Problem]) -> dict[str, dict[str, Problem]]:
    """Problems by difficulty and task; without those that have none, where others have one."""
    found: dict[str, dict[str, Problem]] = {}
    for problem in problems:
        found.setdefault(problem.difficulty, {})[problem.task] = problem
    return {level: found[level] for level in found if level} or found
