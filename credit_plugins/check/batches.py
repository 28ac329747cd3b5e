"""Batches on which operators are checked: ragged masks with gaps, odd groups, quiet completions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..batch import ENTROPY, IDS, PLANNING, STATE, SURPRISAL, TURN, CreditBatch

ADVANTAGE = "adv_BT"
"""Input of a token operator; carried with the signals so that laws can edit it."""

GROUP_IDS = np.array([-3, 0, 7, 10**12])
SHARES = (0.0, 0.3, 0.5, 0.8, 1.0)
JUNK = (float("nan"), float("inf"), -1e30)
"""What may stand in slots that the mask excludes."""


def batches(seed: int, count: int) -> Iterator[CreditBatch]:
    """``count`` small batches in float32, the same ones for a seed."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield batch_of(rng)


def batch_of(rng: np.random.Generator) -> CreditBatch:
    """One batch of 1 to 8 rollouts and 1 to 6 slots."""
    rows, slots = int(rng.integers(1, 9)), int(rng.integers(1, 7))
    groups = GROUP_IDS[: rng.integers(1, len(GROUP_IDS) + 1)]
    passing, generated, planning = rng.choice(SHARES, 3)
    silent = rng.random() < 0.5  # some completions carry no uncertainty at all

    def coins(share: float, *size: int) -> Tensor:
        return torch.from_numpy(rng.random(size) < share)

    def levels(low: int, high: int, unit: float) -> Tensor:
        # Multiples of a power of two: float32 means are near exact.
        drawn = rng.integers(low, high, (rows, slots)) * unit
        return torch.from_numpy(drawn).float()

    quiet_B1 = coins(0.3, rows, 1) & silent
    batch = CreditBatch(
        reward_B=coins(passing, rows).float(),
        group_B=torch.from_numpy(rng.choice(groups, rows)),
        mask_BT=coins(generated, rows, slots),
        signals={
            ENTROPY: torch.where(quiet_B1, 0.0, levels(0, 769, 1 / 64)),
            SURPRISAL: levels(0, 769, 1 / 64),
            PLANNING: coins(planning, rows, slots),
            IDS: torch.from_numpy(rng.integers(0, 5, (rows, slots))),
            TURN: torch.from_numpy(rng.integers(0, 3, (rows, slots))),
            STATE: torch.from_numpy(rng.integers(0, 3, (rows, slots))),
            ADVANTAGE: levels(-64, 65, 1 / 16),
        },
        step=int(rng.integers(0, 201)),
    )
    return fill_masked(batch, float(rng.choice(JUNK))) if rng.random() < 0.75 else batch


Change = Callable[[Tensor], Tensor]


def _same(x: Tensor) -> Tensor:
    return x


def edit(batch: CreditBatch, row: Change = _same, token: Change = _same) -> CreditBatch:
    """The batch with every [B] tensor passed through ``row`` and every [B,T] through ``token``."""
    return replace(
        batch,
        reward_B=row(batch.reward_B),
        group_B=row(batch.group_B),
        mask_BT=token(batch.mask_BT),
        signals={name: token(x) for name, x in batch.signals.items()},
    )


def fill_masked(batch: CreditBatch, junk: float) -> CreditBatch:
    """The batch with ``junk`` in every slot that the mask excludes; ids and flags: 97 or true."""

    def fill(x_BT: Tensor) -> Tensor:
        if x_BT.is_floating_point():
            return torch.where(batch.mask_BT, x_BT, junk)
        return torch.where(batch.mask_BT, x_BT, x_BT.new_tensor(97 * (junk != 0)))

    return replace(batch, signals={name: fill(x) for name, x in batch.signals.items()})


def to_dtype(batch: CreditBatch, dtype: torch.dtype) -> CreditBatch:
    """The batch with every float in another precision."""

    def cast(x: Tensor) -> Tensor:
        return x.to(dtype) if x.is_floating_point() else x

    return edit(batch, row=cast, token=cast)


def tensors(batch: CreditBatch) -> list[Tensor]:
    """Every tensor of a batch."""
    return [batch.reward_B, batch.group_B, batch.mask_BT, *batch.signals.values()]
