"""Layers: the quantities by which tokens are shaded, each with its unit and its scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from credit_plugins.batch import ENTROPY, SURPRISAL
from credit_plugins.dump import Dump, Rollout
from credit_plugins.dump.schema import ADVANTAGE_OF, SIGNAL_OF

from ..errors import RunError, nearest

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

NATS, NONE = "nats", "dimensionless"
CLIP = 99.0
"""Percentile of a layer where its scale ends, so that one token does not hide the others."""


@dataclass(frozen=True)
class Layer:
    """A quantity of every token: a column, or the difference of two.

    Attributes:
        key: what ``--by`` calls it.
        label: what it is.
        unit: ``nats`` or ``dimensionless``.
        column: of ``Rollout``: a field or a key of ``layers``.
        minus: a column that is subtracted; "" for none.
        centre: where the sign of a signed quantity turns; None for one that has no sign.
        section: the operator that it belongs to; "" for none.
    """

    key: str
    label: str
    unit: str
    column: str
    minus: str = ""
    centre: float | None = None
    section: str = ""

    def values(self, rollout: Rollout) -> Floats:
        """Value of each token, [T]; NaN where it is not known and where no model wrote it."""
        found_T = column(rollout, self.column)
        if self.minus:
            found_T = found_T - column(rollout, self.minus)
        return np.where(rollout.mask, found_T, np.float32(np.nan))


@dataclass(frozen=True)
class Scale:
    """From values to shades.

    Attributes:
        low: value of the lowest shade; what lies below has the same.
        high: value of the highest shade; what lies above has the same.
        centre: as for the layer; then one of ``low`` and ``high`` lies as far from it as shades go.
    """

    low: float
    high: float
    centre: float | None

    @property
    def reach(self) -> float:
        """From the weakest shade to the strongest."""
        if self.centre is None:
            return self.high - self.low
        return max(self.high - self.centre, self.centre - self.low)

    def shades(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """From 0 to 1; of a signed quantity from -1 to 1, and 0 at its centre; NaN for NaN."""
        if not self.reach > 0:
            return np.where(np.isnan(values), np.nan, 0.0)
        if self.centre is None:
            return np.clip((values - self.low) / self.reach, 0, 1)
        return np.clip((values - self.centre) / self.reach, -1, 1)

    def shade(self, value: float) -> float:
        """``shades`` of one value."""
        return float(self.shades(np.array(value)))


def column(rollout: Rollout, name: str) -> Floats:
    """A column of floats, [T]; NaN where it is not known."""
    found: Floats | None = rollout.layers.get(name, getattr(rollout, name, None))
    return np.full(len(rollout.text), np.nan, np.float32) if found is None else found


def scale_of(layer: Layer, rollouts: Iterable[Rollout]) -> Scale:
    """The scale on which rollouts can be compared."""
    return scale_for(np.concatenate([layer.values(rollout) for rollout in rollouts]), layer.centre)


def scale_for(values: npt.NDArray[Any], centre: float | None) -> Scale:
    """The scale of some values, around the centre of signed ones; NaN of nothing."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Scale(float("nan"), float("nan"), centre)
    if centre is None:
        return Scale(float(finite.min()), float(np.percentile(finite, CLIP)), None)
    low, high = np.percentile(finite, [100 - CLIP, CLIP])
    return Scale(float(min(low, centre)), float(max(high, centre)), centre)


def layers_of(source: Dump | Rollout) -> list[Layer]:
    """Every layer: the credit, the policy, then before, after and change of each operator."""
    rollouts = source.rollouts if isinstance(source, Dump) else (source,)
    columns = list(rollouts[0].layers)
    advantages = [name for name in columns if name.startswith(ADVANTAGE_OF)]
    found = []
    if any(rollout.weight is not None for rollout in rollouts):
        found.append(Layer("weight", "weight (A / episode A)", NONE, "weight", centre=1.0))
    if len(advantages) > 1:
        moved = "credit moved (A - episode A)"
        found.append(Layer("moved", moved, NONE, advantages[-1], advantages[0], 0.0))
    if advantages:
        found.append(Layer("advantage", "advantage A", NONE, advantages[-1], centre=0.0))
    for key, label in (("entropy", "entropy H"), ("surprisal", "surprisal")):
        if any(getattr(rollout, key) is not None for rollout in rollouts):
            found.append(Layer(key, label, NATS, key))
    return found + list(_of_operators(columns, _uncertainty(source)))


def find(name: str, layers: Sequence[Layer]) -> Layer:
    """The layer of a key, or of a column of the dump such as ``advantage:gtpo``.

    Raises:
        RunError: there is none; the sentence says which there are.
    """
    key = name.removeprefix(ADVANTAGE_OF).removeprefix(SIGNAL_OF)
    for layer in layers:
        if layer.key in (name, key):
            return layer
    keys = [layer.key for layer in layers]
    raise RunError(f"There is no layer {name!r}. {nearest(name, keys)}")


def _of_operators(columns: Sequence[str], uncertainty: str) -> Iterable[Layer]:
    word = "H" if uncertainty == "entropy" else "surprisal"
    last = {ADVANTAGE_OF: "", SIGNAL_OF: uncertainty}
    for name in columns:
        kind = ADVANTAGE_OF if name.startswith(ADVANTAGE_OF) else SIGNAL_OF
        operator = name.removeprefix(kind)
        what, unit = ("A", NONE) if kind == ADVANTAGE_OF else (word, NATS)
        centre = 0.0 if kind == ADVANTAGE_OF else None
        before, last[kind] = last[kind], name
        if before:
            key, label = f"{operator}:before", f"{what} before {operator}"
            yield Layer(key, label, unit, before, "", centre, operator)
        yield Layer(operator, f"{what} after {operator}", unit, name, "", centre, operator)
        if before:
            key, label = f"{operator}:change", f"change of {what} by {operator}"
            yield Layer(key, label, unit, name, before, 0.0, operator)


def _uncertainty(source: Dump | Rollout) -> str:
    """The signal that the chain's signal operators edit: ``entropy`` or ``surprisal``."""
    from credit_plugins.registry import own

    for one in source.operators if isinstance(source, Dump) else ():
        known = own().get(one.name)
        reads = known.reads({**known.defaults, **one.numbers}) if known else ()
        for key, name in ((ENTROPY, "entropy"), (SURPRISAL, "surprisal")):
            if key in reads:
                return name
    return "entropy"
