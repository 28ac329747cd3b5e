"""The right and the wrong rollouts of each group: what the additive forms add up over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ..batch import CreditBatch
from ..stats import group_index

EPS = 1e-8


@dataclass(frozen=True)
class Sides:
    """Each group split in two: half 2g holds the wrong rollouts of group g, half 2g+1 the right.

    Attributes:
        side_B: the half that a rollout belongs to.
        sign_B: +1 for right, -1 for wrong.
        count: number of halves C, empty ones included.
    """

    side_B: Tensor
    sign_B: Tensor
    count: int

    @classmethod
    def of(cls, batch: CreditBatch) -> Sides:
        """Split by group and by a reward above 0.5."""
        index_B, size_G = group_index(batch.group_B)
        right_B = batch.reward_B > 0.5
        sign_B = torch.where(right_B, 1.0, -1.0).double()
        return cls(2 * index_B + right_B, sign_B, 2 * len(size_G))

    def add_up(self, x: Tensor) -> Tensor:
        """Rows of x added up by half: [B, ...] -> [C, ...]."""
        return x.new_zeros(self.count, *x.shape[1:]).index_add(0, self.side_B, x)

    def share(self, signal: Tensor, mask: Tensor) -> Tensor:
        """Signal (right) or its inverse (wrong) over its mean in the half, per column.

        1 on average over the rows that the mask keeps; 0 in a column without signal. Shapes [B,T],
        or [B] for one number per rollout; float64.

        >>> one = torch.ones(2, 1)
        >>> pair = CreditBatch(one[:, 0], torch.zeros(2).long(), one.bool())
        >>> Sides.of(pair).share(torch.tensor([[1.0], [3.0]]).double(), pair.mask_BT)[:, 0]
        tensor([0.5000, 1.5000], dtype=torch.float64)
        """
        right = (self.sign_B > 0).view(-1, *[1] * (signal.ndim - 1))
        kept = torch.where(mask, torch.where(right, signal, 1 / (signal + EPS)), 0.0)
        mass, rows = self.add_up(kept)[self.side_B], self.add_up(mask.double())[self.side_B]
        return torch.where(mass > 0, kept * rows / mass, 0.0)


def conservation_cautions(section: str, shares: Mapping[str, float]) -> list[str]:
    """One sentence if the two coefficients of an additive form do not add up to 1."""
    if abs(sum(shares.values()) - 1) < 1e-6:
        return []
    names, given = " + ".join(shares), " + ".join(f"{value:g}" for value in shares.values())
    return [
        f"algorithm.credit.{section}: {names} is {given}; the shaped rewards add up to the plain "
        f"ones only if {names} = 1"
    ]


def standardise(x: Tensor, mask: Tensor, count_C: Tensor, sides: Sides) -> Tensor:
    """``(x - mean) / sqrt(var + 1e-8)`` over the kept entries of each half; 0 where masked.

    Args:
        x: [B,T] or [B], 0 where masked.
        mask: the entries to read.
        count_C: their number in each half.
        sides: the halves.
    """
    column = [1] * (x.ndim - 1)

    def mean(y: Tensor) -> Tensor:
        total_C = sides.add_up(y.flatten(1).sum(1) if y.ndim > 1 else y)
        return (total_C / count_C.clamp(min=1))[sides.side_B].view(-1, *column)

    centred = torch.where(mask, x - mean(x), 0.0)
    return centred / (mean(centred**2) + EPS).sqrt()
