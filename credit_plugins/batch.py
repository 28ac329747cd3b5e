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
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from .errors import MissingSignalError, RewardContractError

ENTROPY = "entropy_BT"
SURPRISAL = "surprisal_BT"
PLANNING = "planning_BT"


@dataclass(frozen=True)
class CreditBatch:
    """Rewards, groups, mask and signals of one advantage computation.

    Attributes:
        reward_B: float, one outcome reward per rollout; finite.
        group_B: integer ids, equal for rollouts of one prompt; any values, any order.
        mask_BT: bool, true on tokens that the model generated (EOS included), false on padding
            and on tool or user text. Where it is false, what other tensors hold has no effect.
        signals: per-token tensors by name: ``entropy_BT`` (nats), ``surprisal_BT`` (-log p of the
            sampled token, nats), ``planning_BT`` (bool).
        step: training step, from which schedules resolve.

    Raises:
        ValueError: a shape or dtype is wrong.
        RewardContractError: a reward is NaN or infinite.
    """

    reward_B: Tensor
    group_B: Tensor
    mask_BT: Tensor
    signals: Mapping[str, Tensor] = field(default_factory=dict)
    step: int = 0

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
            if signal_BT.shape != self.mask_BT.shape:
                wanted = list(self.mask_BT.shape)
                raise ValueError(f"{name} must be {wanted}; it is {_describe(signal_BT)}.")
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

    @property
    def planning_BT(self) -> Tensor:
        """Planning tokens, bool, restricted to the mask."""
        return self.signal(PLANNING).bool() & self.mask_BT

    def with_signals(self, changed: Mapping[str, Tensor]) -> CreditBatch:
        """The same batch with some signals replaced."""
        return replace(self, signals={**self.signals, **changed})


def _describe(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
