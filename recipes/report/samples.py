"""Solutions that a run dumped, their tokens shaded by the credit that each got."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from credit_plugins.dump import Dump, Rollout
from credit_plugins.dump.schema import ADVANTAGE_OF
from credit_plugins.operator import TOKEN

from ..errors import RunError
from ..runs import Run
from ..viewer import shaded_html, shades_css
from ..viewer.layers import Layer, layers_of
from ..viewer.reading import open_dumps
from .numbers import percent

_READ = 4  # steps: the first and the last ones; a long run has hundreds
_LAYERS = ("weight", "entropy", "surprisal", "advantage")
_VISIBLE = 0.001  # less than this of the credit is nothing to look at
_SHOWN = 1000  # tokens of each end of a solution


@dataclass(frozen=True)
class Sample:
    """One solution on the page.

    Attributes:
        title: why it is shown.
        facts: where it comes from and how it was judged.
        prompt: what the model got.
        html: its tokens, shaded.
    """

    title: str
    facts: str
    prompt: str
    html: str


@dataclass(frozen=True)
class Samples:
    """The part of the page with solutions.

    Attributes:
        note: what is shaded, or why there is nothing.
        shown: the solutions.
        css: the style of shaded tokens.
    """

    note: str
    shown: list[Sample] = field(default_factory=list)
    css: str = ""


def samples(run: Run) -> Samples:
    """The best solution, the worst, and one that changed or whose credit moved most."""
    if not any(run.dumps.glob("step_*.parquet")):
        every = run.setting("algorithm.credit.dump.every") or 0
        return Samples(
            f"None are shown: this run kept no dumps (algorithm.credit.dump.every={every})."
        )
    try:
        dumps = open_dumps(run.dumps)
        read = [dumps.load(step) for step in sorted({dumps.steps[0], *dumps.steps[1 - _READ :]})]
    except RunError as error:
        return Samples(f"None are shown: {str(error).replace(str(run.dumps), 'dumps')}")
    chosen = list(_chosen(read))
    layer = _layer([rollout for _, _, rollout in chosen])
    shown = [_sample(title, dump, rollout, layer) for title, dump, rollout in chosen]
    folder = "/".join(run.path.parts[-3:])
    note = (
        f"{_moved(read)} Shaded: {layer.label}. For every dumped group and number: "
        f"verl-credit inspect {shlex.quote(folder)}"
    )
    return Samples(note, shown, shades_css())


def _chosen(read: Sequence[Dump]) -> Iterator[tuple[str, Dump, Rollout]]:
    last = read[-1]
    best = max(last.rollouts, key=lambda r: (r.reward, float(r.base.max(initial=0)), -len(r.text)))
    worst = min(last.rollouts, key=lambda r: (r.reward, float(r.base.min(initial=0)), r.verdict))
    yield f"Best: {_among(last, best)}", last, best
    if worst.reward < best.reward:
        yield f"Worst: {_among(last, worst)}", last, worst
    found = _changed(read) or _moved_most(read, (best, worst))
    if found:
        yield found


def _among(dump: Dump, rollout: Rollout) -> str:
    """How its group did."""
    group = dump.groups[rollout.group]
    right = sum(_right(one) for one in group)
    what = "solved" if _right(rollout) else "not solved"
    return f"{what}, as {right if _right(rollout) else len(group) - right} of {len(group)} rollouts"


def _changed(read: Sequence[Dump]) -> tuple[str, Dump, Rollout] | None:
    """A problem that was dumped early and late and came out otherwise: the largest change."""
    first, found = read[0], []
    for dump in read[1:]:
        for task, (right, size) in _by_task(first).items():
            if task not in (late := _by_task(dump)):
                continue
            right_late, size_late = late[task]
            found.append((right_late / size_late - right / size, task, dump, (right, size)))
    if not found or not (most := max(found, key=lambda one: abs(one[0])))[0]:
        return None
    change, task, dump, (right, size) = most
    shown = next(r for r in dump.rollouts if r.task == task and _right(r) == (change > 0))
    now, of = _by_task(dump)[task]
    title = (
        f"Changed: {right} of {size} solved it at step {first.step}, {now} of {of} at {dump.step}"
    )
    return title, dump, shown


def _by_task(dump: Dump) -> dict[str, tuple[int, int]]:
    """Right rollouts and all of them by problem, where its name is known."""
    found: dict[str, tuple[int, int]] = {}
    for rollout in dump.rollouts:
        if rollout.task:
            right, size = found.get(rollout.task, (0, 0))
            found[rollout.task] = right + _right(rollout), size + 1
    return found


def _moved_most(read: Sequence[Dump], but: Sequence[Rollout]) -> tuple[str, Dump, Rollout] | None:
    others = [(dump, r) for dump in read for r in dump.rollouts if all(r is not b for b in but)]
    ranked = [(_ratio(r.advantage - r.base, r.base), dump, r) for dump, r in others]
    share, dump, rollout = max(ranked, key=lambda one: one[0], default=(0.0, read[0], but[0]))
    if share < _VISIBLE:
        return None
    return f"Moved most: {percent(share)} of its credit; {_among(dump, rollout)}", dump, rollout


def _moved(read: Sequence[Dump]) -> str:
    """How much credit each token operator moved in all that was read."""
    operators = {one.column: one for one in read[-1].operators if one.kind == TOKEN}
    parts = []
    for column, one in operators.items():
        change, before = [], []
        for rollout in (r for dump in read for r in dump.rollouts if column in r.layers):
            advantages = [name for name in rollout.layers if name.startswith(ADVANTAGE_OF)]
            start = rollout.layers[advantages[advantages.index(column) - 1]]
            change.append(rollout.layers[column] - start)
            before.append(start)
        share = _ratio(np.concatenate(change), np.concatenate(before)) if change else 0.0
        numbers = ", ".join(f"{k} {v:g}" for k, v in one.numbers.items() if isinstance(v, float))
        parts.append(f"{one.name}{f' ({numbers})' if numbers else ''} {percent(share)}")
    if not parts:
        return "No operator of this run moved credit between tokens."
    steps = ", ".join(str(dump.step) for dump in read)
    return (
        f"Of the credit in the dumped groups of steps {steps}, measured as the sum of |A|, "
        f"operators moved: {', '.join(parts)}."
    )


def _layer(rollouts: Sequence[Rollout]) -> Layer:
    """What tells tokens apart: their weights, else the policy's uncertainty."""
    known = {layer.key: layer for layer in layers_of(rollouts[0])}
    found = [known[key] for key in _LAYERS if key in known]
    for layer in found:
        values = np.concatenate([layer.values(rollout) for rollout in rollouts])
        values = values[np.isfinite(values)]
        if len(values) and values.max() - values.min() > _VISIBLE * abs(values).max():
            return layer
    return found[0]


def _sample(title: str, dump: Dump, rollout: Rollout, layer: Layer) -> Sample:
    known = {
        "step": str(dump.step),
        "verdict": rollout.verdict,
        "reward": f"{rollout.reward:g}",
        "answer": rollout.answer,
        "right answer": rollout.gold,
        "difficulty": rollout.difficulty.removesuffix(".0"),
        "tokens": str(len(rollout.text)),
    }
    said = ", ".join(f"{name} {value}" for name, value in known.items() if value)
    return Sample(title, said, rollout.prompt, shaded_html(_ends(rollout), layer))


def _ends(rollout: Rollout) -> Rollout:
    """A rollout without its middle, if it is too long for the page."""
    left_out = len(rollout.text) - 2 * _SHOWN
    if left_out <= 0:
        return rollout

    def cut(values: Any, middle: Any) -> Any:
        if values is None:
            return None
        ends = values[:_SHOWN], values[-_SHOWN:]
        if isinstance(values, list):
            return [*ends[0], middle, *ends[1]]
        return np.concatenate([ends[0], np.array([middle], values.dtype), ends[1]])

    return replace(
        rollout,
        text=cut(rollout.text, f" [… {left_out} tokens …] "),
        id=cut(rollout.id, 0) if rollout.id else [],
        mask=cut(rollout.mask, False),
        planning=cut(rollout.planning, False),
        entropy=cut(rollout.entropy, np.nan),
        surprisal=cut(rollout.surprisal, np.nan),
        weight=cut(rollout.weight, np.nan),
        layers={name: cut(values, np.nan) for name, values in rollout.layers.items()},
        turns=[],
    )


def _right(rollout: Rollout) -> bool:
    return rollout.reward > 0.5


def _ratio(part: Any, whole: Any) -> float:
    """Sum of absolute values of one over that of another; 0 where there is nothing."""
    total = float(np.nansum(np.abs(whole)))
    return float(np.nansum(np.abs(part))) / total if total else 0.0
