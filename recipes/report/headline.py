"""What came of a run, in a sentence for each data source it validated on."""

from __future__ import annotations

from math import isnan
from statistics import fmean

from ..held_out import HeldOut, change, held_out
from ..held_out.validation import MEAN
from ..runs import Run
from .numbers import percent, percents, points

_ENDS = 5  # training steps averaged at either end of a run that did not validate


def headline(run: Run) -> list[str]:
    """Sentences for the top of the report; at least one."""
    sources = list(held_out(run).values())
    found = [_of_source(run, one, named=len(sources) > 1) for one in sources]
    return [*(found or [_without_validation(run)]), *_unfinished(run)]


def _of_source(run: Run, source: HeldOut, *, named: bool) -> str:
    k, steps = source.logged.ks[0], source.steps
    of = f"held-out problems of {source.source}" if named else "held-out problems"
    before, after = (source.logged.at(step, MEAN, k) for step in (steps[0], steps[-1]))
    changed = change(source, MEAN, k)
    if changed is None:
        found = source.logged.interval(steps[0], MEAN, k)
        spread = f" (95% interval {percents(found.low, found.high)})" if found.is_known else ""
        when, missing = _one_validation(run, steps[0])
        return f"{percent(before)} of {of} solved {when}{spread}; {missing}."
    span = f"after {_steps(steps[-1])}" if steps[0] == 0 else f"from step {steps[0]} to {steps[-1]}"
    interval = changed.interval
    first, last = percents(before, after).split(" to ")
    said = f"{first} → {last} of {of} solved {span}"
    if changed.alike:
        same = (
            "no problem's result changed" if not interval.value else "every problem changed alike"
        )
        return f"{said}; {same}, which gives no interval."
    if isnan(interval.low):
        return f"{said}; how many problems these are was not logged, so no interval is given."
    between = f"95% interval of the change {points(interval.low, interval.high)} points"
    loose = "" if changed.by_problem else ", not paired by problem"
    unclear = "" if interval.excludes_zero else ": no clear change"
    return f"{said}, {between}{loose}{unclear}."


def _one_validation(run: Run, step: int) -> tuple[str, str]:
    if step == 0:
        since = max(run.history)
        more = f"in {_steps(since)} since then" if since else "since then"
        return "before training", f"there was no validation {more}"
    return f"after {_steps(step)}", "there was no validation before, so the change is not known"


def _without_validation(run: Run) -> str:
    values = run.series("critic/score/mean")[1]
    if not values:
        return "No training step and no validation was logged."
    said = f"{_steps(len(values))} trained and nothing validated, so what was learned is not known"
    if len(values) < 2 * _ENDS:
        return f"{said}."
    ends = percents(fmean(values[:_ENDS]), fmean(values[-_ENDS:])).split(" to ")
    return (
        f"{said}; of the rollouts in training {ends[0]} were right in the first {_ENDS} steps and "
        f"{ends[1]} in the last {_ENDS}, on other problems."
    )


def _unfinished(run: Run) -> list[str]:
    if run.is_done:
        return []
    planned, done = run.setting("trainer.total_training_steps"), max(run.history, default=0)
    of = f" of {planned}" if planned else ""
    return [f"This run has not finished: it has logged step {done}{of}."]


def _steps(count: int) -> str:
    return f"{count} step" if count == 1 else f"{count} steps"
