"""Sums over a group: what operators conserve, where credit went, and what differs between runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from credit_plugins.dump import Dump, Rollout
from credit_plugins.operator import SIGNAL, TOKEN

from .layers import NATS, NONE, Layer, column, find, layers_of

ROUNDING = 1e-6
"""What float32 loses of a sum, as a share of it."""


@dataclass(frozen=True)
class Total:
    """A quantity of a group before and after an operator, over the tokens of the model.

    Attributes:
        operator: its name.
        quantity: ``sum of A``, ``sum of |A|``, or ``mean of`` the signal.
        unit: of it.
        before: None before the episode operator.
        after: the operator.
        change: after less before.

    What is smaller than float32 loses of the sum is 0.
    """

    operator: str
    quantity: str
    unit: str
    before: float | None
    after: float
    change: float = 0.0


@dataclass(frozen=True)
class Moved:
    """A token whose credit moved.

    Attributes:
        rollout: that it is in.
        position: of the token in it.
        by: final advantage minus the episode operator's.
    """

    rollout: Rollout
    position: int
    by: float


@dataclass(frozen=True)
class Difference:
    """A number of a group in two runs; NaN where it is not known.

    Attributes:
        label: what it is.
        unit: of it.
        here: in the first run.
        there: in the second.
    """

    label: str
    unit: str
    here: float
    there: float


def totals(dump: Dump, rollouts: Sequence[Rollout]) -> list[Total]:
    """What each operator of the chain does to a group's sums, in the order of the chain."""
    layers, found = layers_of(dump), []
    for one in dump.operators:
        if one.column not in rollouts[0].layers:
            continue
        after = find(one.name, layers)
        before = next((la for la in layers if la.key == f"{one.name}:before"), None)
        if one.kind == SIGNAL and before:
            word, unit = after.label.partition(" ")[0], NATS
            values = _mean(before, rollouts), _mean(after, rollouts)
            found.append(_total(one.name, f"mean of {word}", unit, *values, values[1]))
            continue
        whole = _sum(after, rollouts, size=True)
        for quantity, size in (("sum of A", False), ("sum of |A|", True)):
            start = _sum(before, rollouts, size) if before and one.kind == TOKEN else None
            end = _sum(after, rollouts, size)
            found.append(_total(one.name, quantity, NONE, start, end, whole))
    return found


def _total(
    operator: str, quantity: str, unit: str, before: float | None, after: float, size: float
) -> Total:
    def cleaned(value: float) -> float:
        return 0.0 if abs(value) <= ROUNDING * size else value

    change = 0.0 if before is None else after - before
    known = None if before is None else cleaned(before)
    return Total(operator, quantity, unit, known, cleaned(after), cleaned(change))


def moved(rollouts: Sequence[Rollout], most: int) -> list[Moved]:
    """Tokens by the size of what their credit moved by, the largest first."""
    by = np.concatenate([np.nan_to_num(r.advantage - r.base) * r.mask for r in rollouts])
    starts = np.cumsum([0, *(len(rollout.text) for rollout in rollouts)])
    order = np.argsort(-np.abs(by), kind="stable")[:most]
    found = []
    for at in order[by[order] != 0]:
        number = int(np.searchsorted(starts, at, side="right")) - 1
        found.append(Moved(rollouts[number], int(at - starts[number]), float(by[at])))
    return found


def differences(here: Sequence[Rollout], there: Sequence[Rollout]) -> list[Difference]:
    """The numbers by which a group of two runs is compared."""
    ours, theirs = _numbers(here), _numbers(there)
    return [Difference(label, unit, ours[label, unit], theirs[label, unit]) for label, unit in ours]


def _numbers(rollouts: Sequence[Rollout]) -> dict[tuple[str, str], float]:
    mask = np.concatenate([rollout.mask for rollout in rollouts])
    final = np.concatenate([rollout.advantage for rollout in rollouts])[mask].astype(float)
    base = np.concatenate([rollout.base for rollout in rollouts])[mask].astype(float)
    entropy = np.concatenate([column(rollout, "entropy") for rollout in rollouts])[mask]
    plans = [
        np.full(len(r.text), np.nan) if r.planning is None else r.planning.astype(float)
        for r in rollouts
    ]
    planning = np.concatenate(plans)[mask]
    return {
        ("mean reward", NONE): float(np.mean([rollout.reward for rollout in rollouts])),
        ("tokens per rollout", "tokens"): float(mask.sum() / len(rollouts)),
        ("mean entropy H", NATS): float(_ratio(entropy.sum(), len(entropy))),
        ("planning, share of tokens", "%"): 100 * _ratio(planning.sum(), len(planning)),
        ("planning, share of |A|", "%"): 100
        * _ratio((np.abs(final) * planning).sum(), np.abs(final).sum()),
        ("sum of A", NONE): float(final.sum()),
        ("credit moved, share of |A|", "%"): 100
        * _ratio(np.abs(final - base).sum(), np.abs(base).sum()),
    }


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def _sum(layer: Layer, rollouts: Sequence[Rollout], size: bool) -> float:
    values = [layer.values(rollout).astype(float) for rollout in rollouts]
    return float(sum(np.nansum(np.abs(x_T) if size else x_T) for x_T in values))


def _mean(layer: Layer, rollouts: Sequence[Rollout]) -> float:
    known = np.concatenate([layer.values(rollout) for rollout in rollouts]).astype(float)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else float("nan")
