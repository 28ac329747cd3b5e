"""The rows of the table of rates, the same for the terminal and the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..held_out.intervals import Interval
from .comparison import Comparison


@dataclass(frozen=True)
class Row:
    """One run at the last validation that it has in common with the first run.

    Attributes:
        letter: of the run.
        first: the first of the common steps.
        step: the last of them.
        rate: its pass@k at the last one.
        minus: less that of the first run; None for the first run itself.
        mean: its pass@k over the common steps; None with fewer than two.
        over: less that of the first run; None for the first run itself, or with fewer than two.
    """

    letter: str
    first: int
    step: int
    rate: Interval
    minus: Interval | None
    mean: float | None
    over: Interval | None


def rows(comparison: Comparison, source: str, k: int) -> Iterator[Row]:
    """The first run, once for every last step at which another is compared with it; the others."""
    base = comparison.runs[0]
    found = [(each, at) for each in comparison.of(source) for at in each.at if at.k == k]
    own = base.held_out[source]
    spans = {at.steps[-1]: at.steps for _, at in found}
    for _, steps in sorted(spans.items()):
        mean = own.mean(steps, k) if len(steps) > 1 else None
        rate = own.rate(steps[-1], k)
        yield Row(base.letter, steps[0], steps[-1], rate, None, mean, None)
    for each, at in found:
        rate = comparison.run(each.letter).held_out[source].rate(at.steps[-1], k)
        mean = at.mean[0] if at.mean else None
        yield Row(each.letter, at.steps[0], at.steps[-1], rate, at.last, mean, at.over_time)
