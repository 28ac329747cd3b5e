"""How a run's held-out pass@k differs from the first run's, paired by problem where it can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot
from typing import Any

from ..held_out.intervals import Interval, of_error, of_sum
from ..held_out.rates import ByDifficulty, HeldOut, contributions
from ..runs import Run


@dataclass(frozen=True)
class Side:
    """One of the two runs of a difference."""

    letter: str
    run: Run
    held_out: HeldOut


@dataclass(frozen=True)
class AtK:
    """The difference of one pass@k: run less base.

    Attributes:
        k: of pass@k.
        steps: the steps at which both runs validated, ascending.
        curve: the difference at each of them.
        over_time: of the means over them by the trapezoid rule; None with fewer than two.
        mean: the run's own mean over them, and the base's.
    """

    k: int
    steps: list[int]
    curve: list[Interval]
    over_time: Interval | None
    mean: tuple[float, float] | None

    @property
    def last(self) -> Interval:
        """The difference at the last common validation."""
        return self.curve[-1]


@dataclass(frozen=True)
class Difference:
    """A run less the first run on one source.

    Attributes:
        letter: of the run.
        base: of the first run.
        source: the data source.
        paired: by problem.
        why_not: why it is not paired; "" where it is.
        by_problem: the intervals come from outcomes of problems, not from logged errors.
        at: by k, the smallest and the largest that both have; empty without a common validation.
    """

    letter: str
    base: str
    source: str
    paired: bool
    why_not: str
    by_problem: bool
    at: list[AtK]


def difference(run: Side, base: Side) -> Difference:
    """Compare two runs on a source on which both validated."""
    source = base.held_out.source
    steps = sorted(set(run.held_out.steps) & set(base.held_out.steps))
    why_not = _why_not_paired(run, base, steps)
    by_problem = bool(run.held_out.problems and base.held_out.problems)
    at = []
    if steps:
        ks = sorted(set(run.held_out.ks(steps)) & set(base.held_out.ks(steps)))
        at = [
            _at(run.held_out, base.held_out, steps, k, paired=not why_not)
            for k in sorted({ks[0], ks[-1]} if ks else ())
        ]
    return Difference(run.letter, base.letter, source, not why_not, why_not, by_problem, at)


def _at(run: HeldOut, base: HeldOut, steps: list[int], k: int, *, paired: bool) -> AtK:
    curve = [_between(run, base, [step], k, paired=paired) for step in steps]
    if len(steps) == 1:
        return AtK(k, steps, curve, None, None)
    over_time = _between(run, base, steps, k, paired=paired)
    return AtK(k, steps, curve, over_time, (run.mean(steps, k), base.mean(steps, k)))


def _between(run: HeldOut, base: HeldOut, steps: list[int], k: int, *, paired: bool) -> Interval:
    """Run less base of the mean over the steps, clustered by problem."""
    if not (run.problems and base.problems):
        (value, error), (other, its_error) = (o.logged_average(steps, k) for o in (run, base))
        return of_error(value - other, hypot(error, its_error))
    values, others = run.average(steps, k), base.average(steps, k)
    if paired:
        return of_sum(contributions(_less(values, others)))
    return of_sum([*contributions(values), *(-z for z in contributions(others))])


def _less(values: ByDifficulty, others: ByDifficulty) -> ByDifficulty:
    return {
        level: {task: value - others[level][task] for task, value in found.items()}
        for level, found in values.items()
    }


def _why_not_paired(run: Side, base: Side, steps: list[int]) -> str:
    """Why problems cannot be paired; "" where they can."""
    if not steps:
        each = (f"{s.letter} {', '.join(map(str, s.held_out.steps))}" for s in (base, run))
        return f"no validation has a common step ({'; '.join(each)})"
    for side in (base, run):
        if not side.held_out.problems:
            return f"{side.letter} has no outcomes of single problems (held_out.*.jsonl)"
    its, theirs = (_drawn(side.run, side.held_out.source) for side in (run, base))
    if not its or not theirs:
        return f"the config.yaml of {base.letter if its else run.letter} names no environment"
    if differ := [key for key in theirs if theirs[key] != its[key]]:
        pairs = (f"{key} ({theirs[key]} and {its[key]})" for key in differ)
        return f"the held-out problems are drawn with another {', '.join(pairs)}"
    for span in ([*steps[-1:]], steps):
        if _tasks(run.held_out, span) != _tasks(base.held_out, span):
            return "some held-out problems were seen in one run only"
    return ""


def _drawn(run: Run, source: str) -> dict[str, Any]:
    """What decides which problems a source asks; empty if the configuration does not say.

    An entry of ``data.env.validation`` or ``data.env.mix`` draws by itself: what else a run trains
    on does not matter. Neither does the number of problems, which are compared by name.
    """
    env = run.setting("data.env")
    if not isinstance(env, Mapping):
        return {}
    entries = env.get("validation") or env.get("mix")
    entry = env if not entries else entries.get(source) if isinstance(entries, Mapping) else None
    if not isinstance(entry, Mapping) or not entry.get("id"):
        return {}
    return {"id": entry["id"], "kwargs": entry.get("kwargs") or {}, "seed": env.get("seed")}


def _tasks(one: HeldOut, steps: list[int]) -> dict[str, set[str]]:
    return {level: set(found) for level, found in one.average(steps, 1).items()}
