"""Runs that differ in nothing but their seeds, and what the difference of two such arms is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..held_out import intervals
from ..held_out.intervals import Interval
from ..held_out.rates import HeldOut
from .settings import Flat, but_for_seeds, seeds


@dataclass(frozen=True)
class Arm:
    """Runs with the same settings but for seeds and names.

    Attributes:
        runs: their places in the list of all runs.
        seeds: what each of them was seeded with, as a text that is equal for equal seeds.
    """

    runs: list[int]
    seeds: list[str]


@dataclass(frozen=True)
class ArmAtK:
    """An arm's pass@k on a source, over its seeds, at the validations that all runs have.

    Attributes:
        arm: its place in the list of arms.
        source: the data source.
        k: of pass@k.
        steps: the steps of those validations, ascending.
        means: over the seeds, at each step, with its interval.
        differences: to the first arm, at each step; empty for the first arm itself.
        paired: the differences are those of runs with equal seeds.
    """

    arm: int
    source: str
    k: int
    steps: list[int]
    means: list[Interval]
    differences: list[Interval]
    paired: bool


def arms_of(settings: Sequence[Flat]) -> list[Arm]:
    """Runs grouped by their settings, in the order of their first runs; each alone if unknown."""
    found: list[tuple[Any, Arm]] = []
    for index, one in enumerate(settings):
        key, seeded = but_for_seeds(one), repr(sorted(seeds(one).items()))
        arm = next((arm for other, arm in found if key and other == key), None)
        if arm is None:
            arm = Arm([], [])
            found.append((key, arm))
        arm.runs.append(index)
        arm.seeds.append(seeded)
    return [arm for _, arm in found]


def compared(arms: Sequence[Arm], held_out: Sequence[HeldOut | None]) -> list[ArmAtK]:
    """Every arm on one source, where all runs validated on it at a common step; else nothing."""
    known = [one for one in held_out if one is not None]
    steps = sorted(set.intersection(*(set(one.steps) for one in known))) if known else []
    if len(known) < len(held_out) or not steps:
        return []
    ks = sorted(set.intersection(*(set(one.ks(steps)) for one in known)))
    return [
        _over_seeds(arms, index, known, k, steps)
        for k in sorted({ks[0], ks[-1]} if ks else ())
        for index in range(len(arms))
    ]


def _over_seeds(
    arms: Sequence[Arm], index: int, held_out: Sequence[HeldOut], k: int, steps: list[int]
) -> ArmAtK:
    arm, base = arms[index], arms[0]
    paired = index > 0 and _pairs(arm, base)
    means, differences = [], []
    for step in steps:
        own, theirs = (
            {i: held_out[i].rate(step, k).value for i in each.runs} for each in (arm, base)
        )
        means.append(intervals.mean(list(own.values())).clipped())
        if paired:
            of_seed = dict(zip(base.seeds, base.runs, strict=True))
            less = [own[i] - theirs[of_seed[s]] for i, s in zip(arm.runs, arm.seeds, strict=True)]
            differences.append(intervals.mean(less))
        elif index:
            differences.append(intervals.difference(list(own.values()), list(theirs.values())))
    return ArmAtK(index, held_out[0].source, k, steps, means, differences, paired)


def _pairs(arm: Arm, base: Arm) -> bool:
    """Whether both have the same seeds, each once."""
    return len(set(arm.seeds)) == len(arm.seeds) and sorted(arm.seeds) == sorted(base.seeds)
