"""CreditBatch: what an estimator may read. The only place with shape checks.

Shape legend, used as a suffix of every tensor name in this package:
  B  rollouts (rows), in any order; rows of one prompt need not be adjacent
  T  response slots; ``mask_BT`` is true where the model generated the token
  G  groups (prompts) of the batch; in ``rows_GN`` those of one size
  N  rollouts of a group
  C  halves of the groups: the wrong and the right rollouts of each
  S  sessions of verl; one may have several rows, which ``fold`` lays side by side
Dimensions of size 1 are written 1: ``mean_B1``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from .errors import MissingSignalError, RewardContractError
from .metrics import Metric, Recorder, Report
from .stats import group_sum, widen

ENTROPY = "entropy_BT"
SURPRISAL = "surprisal_BT"
PLANNING = "planning_BT"
IDS = "ids_BT"
TURN = "turn_BT"
STATE = "state_BT"
UNCERTAINTY = (ENTROPY, SURPRISAL)
"""Of these a chain reads at most one, which its signal operators edit."""

CEILING = 50.0
"""Nats; far above log(vocabulary). Only a token of probability 0 (surprisal = inf) reaches it."""


@dataclass(frozen=True)
class CreditBatch:
    """Rewards, groups, mask and signals of one advantage computation.

    Attributes:
        reward_B: float, one outcome reward per rollout; finite.
        group_B: integer ids, equal for rollouts of one prompt; any values, any order.
        mask_BT: bool, true on tokens that the model generated (EOS included), false on padding
            and on tool or user text. Where it is false, what other tensors hold has no effect.
        signals: per-token tensors by name: ``entropy_BT`` (nats), ``surprisal_BT`` (-log p of the
            sampled token, nats), ``planning_BT`` (bool), ``ids_BT`` (token ids), and of episodes of
            several turns ``turn_BT`` (number of the turn, from 0) and ``state_BT`` (a number that
            is the same for turns that begin from the same observation).
        step: training step, from which schedules resolve.
        recorder: takes what operators report; None outside a chain.

    Raises:
        ValueError: a shape or dtype is wrong.
        RewardContractError: a reward is NaN or infinite.
    """

    reward_B: Tensor
    group_B: Tensor
    mask_BT: Tensor
    signals: Mapping[str, Tensor] = field(default_factory=dict)
    step: int = 0
    recorder: Recorder | None = None

    def __post_init__(self) -> None:
        """Check shapes, dtypes and finiteness once, so that operators need no checks."""
        if self.mask_BT.ndim != 2 or self.mask_BT.dtype != torch.bool:
            raise ValueError(f"mask_BT must be bool [B,T]; it is {_describe(self.mask_BT)}.")
        rows = self.mask_BT.shape[:1]
        if self.reward_B.shape != rows or not self.reward_B.is_floating_point():
            raise ValueError(
                f"reward_B must be float {list(rows)}; it is {_describe(self.reward_B)}."
            )
        if self.group_B.shape != rows or self.group_B.is_floating_point():
            raise ValueError(
                f"group_B must be integer {list(rows)}; it is {_describe(self.group_B)}."
            )
        for name, signal_BT in self.signals.items():
            self._check_shape(name, signal_BT)
        bad = (~torch.isfinite(self.reward_B)).sum().item()
        if bad:
            raise RewardContractError(f"{bad} of {rows[0]} rewards are NaN or infinite.")

    def signal(self, name: str) -> Tensor:
        """The signal called ``name``; ``MissingSignalError`` if the batch does not carry it."""
        if name not in self.signals:
            raise MissingSignalError(
                f"needs signal {name!r}; the batch has {sorted(self.signals)}. "
                f"Provide it in CreditBatch.signals."
            )
        return self.signals[name]

    @cached_property
    def kept_BT(self) -> Tensor:
        """The mask as factors, 1.0 and 0.0: a product costs a thirtieth of a torch ``where``."""
        return self.mask_BT.view(torch.int8).to(self._dtype)

    @cached_property
    def planning_BT(self) -> Tensor:
        """Planning tokens under the mask as factors, 1.0 and 0.0."""
        planning_BT = self.signal(PLANNING)
        if planning_BT.is_floating_point():  # clean already
            return planning_BT
        return (planning_BT.bool() & self.mask_BT).view(torch.int8).to(self._dtype)

    @cached_property
    def execution_BT(self) -> Tensor:
        """All other tokens under the mask as factors, 1.0 and 0.0."""
        return self.kept_BT - self.planning_BT

    @cached_property
    def planning_length_B1(self) -> Tensor:
        """Planning tokens of each rollout, float."""
        return self.planning_BT.sum(1, keepdim=True)

    @cached_property
    def length_B1(self) -> Tensor:
        """Generated tokens of each rollout, float."""
        return self.kept_BT.sum(1, keepdim=True)

    def mean(
        self, x_BT: Tensor, chosen_BT: Tensor | None = None, scope: str = "completion"
    ) -> Tensor:
        """Mean over the chosen tokens of each row, its group or the batch, [B,1]; 0 if none.

        Args:
            x_BT: finite everywhere; 0 where masked if all generated tokens are meant.
            chosen_BT: factors 1.0 and 0.0; None for all generated tokens.
            scope: ``completion``, ``group`` or ``batch``; each token counts once.
        """
        if chosen_BT is None and scope == "completion":
            return x_BT.sum(1, keepdim=True) / self.length_B1.clamp(min=1)
        chosen_BT = self.kept_BT if chosen_BT is None else chosen_BT
        mass_B1 = (x_BT * chosen_BT).sum(1, keepdim=True)
        return self.mean_of(mass_B1, chosen_BT.sum(1, keepdim=True), scope)

    def mean_of(self, mass_B1: Tensor, count_B1: Tensor, scope: str) -> Tensor:
        """``mean`` from the sums and counts of each row."""
        if scope == "batch":
            mass_B1, count_B1 = (x.sum(0, keepdim=True).expand_as(x) for x in (mass_B1, count_B1))
        elif scope == "group":
            mass_B1, count_B1 = (group_sum(x, self.group_B) for x in (mass_B1, count_B1))
        return mass_B1 / count_B1.clamp(min=1)

    def report(self, metric: Metric, value: float | Tensor, count: float | Tensor = 1.0) -> None:
        """Add a part of a metric that the operator declares; see ``metrics.Recorder``."""
        if self.recorder is not None:
            self.recorder.add(metric, value, count)

    def report_rows(self, finish: Report, *sums_B: Tensor) -> None:
        """Keep sums of each row, of which ``finish(report, *sums_B)`` makes metrics once a step.

        Cheaper than ``report`` from every block. The sums arrive in float64, all rows together.
        """
        if self.recorder is not None:
            self.recorder.keep(finish, *sums_B)

    def with_signals(self, changed: Mapping[str, Tensor]) -> CreditBatch:
        """The same batch with some signals replaced; what was derived from others stays."""
        for name, signal_BT in changed.items():
            self._check_shape(name, signal_BT)
        copy = object.__new__(CreditBatch)  # what was checked needs no second check
        vars(copy).update(vars(self), signals={**self.signals, **changed})
        if PLANNING in changed:
            for name in ("planning_BT", "execution_BT", "planning_length_B1"):
                vars(copy).pop(name, None)
        return copy

    def rows(self, rows: slice | Tensor, recorder: Recorder | None) -> CreditBatch:
        """Some rows, without signals."""
        copy = object.__new__(CreditBatch)
        cut = {name: getattr(self, name)[rows] for name in ("reward_B", "group_B", "mask_BT")}
        vars(copy).update(cut, signals={}, step=self.step, recorder=recorder)
        return copy

    def _check_shape(self, name: str, signal_BT: Tensor) -> None:
        if signal_BT.shape != self.mask_BT.shape:
            wanted = list(self.mask_BT.shape)
            raise ValueError(f"{name} must be {wanted}; it is {_describe(signal_BT)}.")

    @property
    def _dtype(self) -> torch.dtype:
        floats = [x for name, x in self.signals.items() if x.is_floating_point()]
        wide = torch.promote_types(widen(self.reward_B).dtype, torch.float32)
        for x in floats:
            wide = torch.promote_types(wide, widen(x).dtype)
        return wide


def _describe(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
