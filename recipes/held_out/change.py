"""How a run's held-out pass@k changed from its first validation to its last."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from .intervals import Interval, of_error, of_sum
from .rates import ByDifficulty, HeldOut, contributions
from .validation import MEAN


@dataclass(frozen=True)
class Change:
    """Last validation less first.

    Attributes:
        interval: of the drawing of problems and samples; not of training seeds.
        by_problem: paired by problem, so that how hard the problems are drops out. Without
            outcomes of single problems the two validations count as independent, which makes the
            interval wider than it need be.
        alike: every problem changed by the same amount, so that there is no interval.
    """

    interval: Interval
    by_problem: bool
    alike: bool = False


def change(held_out: HeldOut, row: str = MEAN, k: int = 1) -> Change | None:
    """The change of pass@k of a difficulty, or of the mean over them; None without two validations.

    Problems that one of the two validations lost are left out.
    """
    first, last = held_out.steps[0], held_out.steps[-1]
    if first == last:
        return None
    if less := _less(held_out, first, last, k):
        levels = less if row == MEAN else {row: less[row]} if row in less else {}
        if levels:
            found = of_sum(contributions(levels))
            return Change(found, by_problem=True, alike=not found.is_known)
    logged = held_out.logged
    value = logged.at(last, row, k) - logged.at(first, row, k)
    error = hypot(logged.error(first, row, k), logged.error(last, row, k))
    return Change(of_error(value, error), by_problem=False)


def _less(held_out: HeldOut, first: int, last: int, k: int) -> ByDifficulty:
    """Each problem's pass@k after less before; {} without outcomes of single problems."""
    if not held_out.problems:
        return {}
    before, after = held_out.average([first], k), held_out.average([last], k)
    both = {
        level: {task: after[level][task] - value for task, value in found.items() if task in tasks}
        for level, found in before.items()
        if (tasks := after.get(level))
    }
    return {level: found for level, found in both.items() if found}
