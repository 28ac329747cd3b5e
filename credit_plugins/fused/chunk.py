"""Reading, reducing and writing the tokens of some rows.

Chunks share their buffers: fresh memory costs more than the arithmetic. Masks enter as float
factors: a torch ``where`` costs thirty times a product, and a conversion from bool seven times one
from int8. Squares are products added up: torch's dot product is a matrix product, which users may
set to a lower precision, and the square of a norm is not exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..batch import PLANNING, CreditBatch
from ..signals.clean import CEILING, clean, count_nonfinite
from .moments import Weights


class Workspace:
    """Buffers [rows,T] that every chunk reuses."""

    def __init__(self, batch: CreditBatch, key: str, rows: int, dtype: torch.dtype) -> None:
        self.raw_BT, self.mask_BT = batch.signals[key], batch.mask_BT
        self.planning_BT = batch.signals.get(PLANNING)
        self.dtype = torch.promote_types(dtype, torch.float32)
        shape, device = (rows, self.mask_BT.shape[1]), self.mask_BT.device
        self.floats = torch.empty(4, *shape, dtype=self.dtype, device=device)
        self.flags = torch.empty(shape, dtype=torch.bool, device=device)

    def read(self, rows: slice) -> Chunk:
        """Some rows; valid until the next read."""
        mask_BT, raw_BT = self.mask_BT[rows], self.raw_BT[rows]
        mask, signal, planning, spare = self.floats[:, : len(mask_BT)]
        mask.copy_(mask_BT.view(torch.int8))
        nonfinite = 0
        if torch.mul(raw_BT, mask, out=signal).sum().isfinite():
            signal.clamp_(0.0, CEILING)
        else:  # perhaps from junk in a masked slot
            signal.copy_(clean(raw_BT, mask_BT))
            nonfinite = count_nonfinite(raw_BT, mask_BT)
        if self.planning_BT is None:
            return Chunk(signal, mask, None, spare, nonfinite)
        marked = self.flags[: len(mask_BT)]
        torch.bitwise_and(self.planning_BT[rows].bool(), mask_BT, out=marked)
        return Chunk(signal, mask, planning.copy_(marked.view(torch.int8)), spare, nonfinite)


@dataclass(frozen=True)
class Chunk:
    """Some rows: the clean signal, mask and planning tokens as 0.0 and 1.0, all 0 where masked."""

    signal: Tensor
    mask: Tensor
    planning: Tensor | None
    spare: Tensor
    nonfinite: int

    def reduce(self, sums: Tensor) -> None:
        """Put count, sum and sum of squares of both classes into ``sums`` [3,2,rows]."""
        total, planned = sums[:, 0], sums[:, 1]
        self._add_up(self.mask, self.signal, total)
        if self.planning is not None:
            on_planning = torch.mul(self.signal, self.planning, out=self.spare)
            self._add_up(self.planning, on_planning, planned)
            total -= planned

    def _add_up(self, tokens: Tensor, signal: Tensor, sums: Tensor) -> None:
        torch.sum(tokens, 1, out=sums[0])
        torch.sum(signal, 1, out=sums[1])
        torch.sum(torch.mul(signal, self.signal, out=self.spare), 1, out=sums[2])

    def write(self, out: Tensor, adv: Tensor, weights: Weights) -> Tensor:
        """``out = A * w``; returns minimum and maximum of w-1. Overwrites the planning buffer.

        Args:
            out: rows of the answer.
            adv: [2,rows], A on execution and on planning tokens.
            weights: those of these rows.
        """
        slope, offset, adv = *weights.line[..., None], adv[..., None]
        if self.planning is None:
            lift = torch.mul(self.signal, slope[0], out=self.spare)
            span = _span(lift.addcmul_(self.mask, offset[0]))
            torch.mul(lift.add_(self.mask), adv[0], out=out)
            return span
        lift = torch.mul(self.planning, slope[1] - slope[0], out=self.spare)
        lift.add_(slope[0]).mul_(self.signal).addcmul_(self.mask, offset[0])
        span = _span(lift.addcmul_(self.planning, offset[1] - offset[0]))
        carried = self.planning.mul_(adv[1] - adv[0]).add_(adv[0])
        torch.mul(lift.add_(self.mask), carried, out=out)
        return span


def _span(x: Tensor) -> Tensor:
    return torch.stack([x.amin(), x.amax()])
