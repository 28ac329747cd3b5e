"""What a comparison says in sentences: what is compared, how, and what it is not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ..held_out.intervals import Interval
from .comparison import Comparison
from .differences import Difference
from .settings import Differing

ONE_SEED = (
    "One seed each is no evidence about the methods: an interval here says how these models "
    "differ on problems like these, not what other seeds would give."
)
FEW_SEEDS = (
    "Intervals over seeds say what other seeds of the same settings would give; those by problem, "
    "what other problems would give these models."
)
NO_SEEDS = "Seeds of one arm are not taken together: not all runs share a validation."
MANY = "Intervals are not widened for the number of comparisons: of 20, one misses by chance."


def caution(comparison: Comparison) -> list[str]:
    """What the numbers are no evidence for, a sentence each."""
    return [*_of_seeds(comparison), *_of_steps(comparison), *_of_many(comparison)]


def _of_seeds(comparison: Comparison) -> Iterator[str]:
    if not comparison.has_seeds:
        yield ONE_SEED
        return
    yield FEW_SEEDS if comparison.over_seeds else NO_SEEDS
    alone = [comparison.arm_name(i) for i, a in enumerate(comparison.arms) if len(a.runs) == 1]
    if alone:
        have = "has one seed" if len(alone) == 1 else "have one seed each"
        yield f"{listed(alone)} {have}, which is no evidence about the method."


def _of_steps(comparison: Comparison) -> Iterator[str]:
    """Equal steps of unequal batches are not the same amount of training."""
    sizes: dict[int, list[str]] = {}
    for one in comparison.runs:
        prompts = one.run.setting("data.train_batch_size")
        rollouts = one.run.setting("actor_rollout_ref.rollout.n")
        if prompts and rollouts:
            sizes.setdefault(prompts * rollouts, []).append(one.letter)
    if len(sizes) > 1:
        each = [f"{size} rollouts in {listed(letters)}" for size, letters in sizes.items()]
        yield f"A step is {listed(each)}: equal steps are not equal training."


def _of_many(comparison: Comparison) -> Iterator[str]:
    if len(comparison.runs) > 2:
        yield MANY


def headline(comparison: Comparison, source: str) -> Iterator[str]:
    """What became of held-out pass@1 at the end, a sentence for each run or arm but the first."""
    if comparison.over_seeds:
        base = comparison.arm_name(0)
        for each in comparison.over_seeds:
            if each.source == source and each.differences and each.k == 1:
                name, less = comparison.arm_name(each.arm), each.differences[-1]
                yield _sentence(name, base, each.steps[-1], less)
        return
    for one in comparison.of(source):
        for at in one.at:
            if at.k == 1:
                yield _sentence(one.letter, one.base, at.steps[-1], at.last)


def _sentence(name: str, base: str, step: int, less: Interval) -> str:
    size = f"{100 * abs(less.value):.1f} points"
    where = f"in held-out pass@1 at step {step}"
    if not less.is_known:
        side = "above" if less.value > 0 else "below"
        verdict = f"is {size} {side} {base}" if less.value else f"is level with {base}"
        return f"{name} {verdict} {where}; the 95% interval is unknown."
    interval = f"95% interval {100 * less.low:+.1f} to {100 * less.high:+.1f}"
    if less.excludes_zero:
        side = "above" if less.value > 0 else "below"
        return f"{name} is {size} {side} {base} {where} ({interval})."
    signed = f"{100 * less.value:+.1f} points"
    return f"{name} and {base} cannot be told apart {where} ({signed}, {interval})."


def how(comparison: Comparison, source: str) -> str:
    """How the runs were compared on a source: paired or not, and why not; a sentence for each."""
    return " ".join(_how(comparison.of(source)))


def _how(differences: list[Difference]) -> Iterator[str]:
    base = differences[0].base
    for (unpaired, logged, why_not), group in groupby(sorted(differences, key=_kind), key=_kind):
        letters = listed([one.letter for one in group])
        if not unpaired:
            yield f"Paired with {base} by problem: {letters}."
            continue
        yield f"Not paired with {base}: {letters}, because {why_not}."
        if logged:
            yield "Intervals then come from logged errors; those of k > 1 are upper bounds."


def _kind(one: Difference) -> tuple[bool, bool, str]:
    return not one.paired, bool(one.at) and not one.by_problem, one.why_not


def listed(items: list[str] | list[int]) -> str:
    """A, B and C."""
    *most, last = map(str, items)
    return f"{', '.join(most)} and {last}" if most else last


def share(value: float) -> str:
    """55.3%."""
    return f"{value:.1%}"


def points(interval: Interval) -> str:
    """A difference in percentage points with its interval: +1.2 [-0.3, +2.7]."""
    value = f"{100 * interval.value:+.1f}"
    if not interval.is_known:
        return f"{value} [unknown]"
    return f"{value} [{100 * interval.low:+.1f}, {100 * interval.high:+.1f}]"


def within(interval: Interval) -> str:
    """A share with its interval: 55.3% [51.0, 59.6]."""
    if not interval.is_known:
        return share(interval.value)
    return f"{share(interval.value)} [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def setting(each: Differing) -> str:
    """The key of a setting, and how many others have the same values."""
    more = len(each.keys) - 1
    return each.keys[0] + (f" (and {more} with the same values)" if more else "")


def written(value: Any) -> str:
    """A value as YAML would have it; unset for none."""
    if value is None:
        return "unset"
    return str(value).lower() if isinstance(value, bool) else str(value)
