"""The three sums, per row and class of tokens, on which the weights depend."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..token.gtpo import EPS, FLOOR


@dataclass(frozen=True)
class Moments:
    """Per row and class of tokens (execution, planning): count, sum and sum of squares.

    Attributes:
        sums: [3,2,B].
    """

    sums: Tensor

    @property
    def mean(self) -> Tensor:
        """Mean of each class, [2,B]; 0 where it has no token."""
        return self.sums[1] / self.sums[0].clamp(min=1)

    def variance(self) -> list[float]:
        """Variance within completions of execution and planning tokens; NaN without any."""
        count, mass, square = self.sums
        spread = (square - mass * self.mean).clamp(min=0)
        found: list[float] = (spread.sum(1) / count.sum(1)).tolist()
        return found


@dataclass(frozen=True)
class Weights:
    """GTPO's weight minus 1 as ``slope * S + offset`` per row and class of tokens.

    Attributes:
        line: [2,2,B], slope and offset.
    """

    line: Tensor

    @classmethod
    def of(cls, beta_B: Tensor, moments: Moments, lam: float) -> Weights:
        """The weights after the execution tokens are pooled by lam."""
        count_B, mass_B, _ = moments.sums.sum(1)
        mean_B = mass_B / count_B.clamp(min=1)
        beta_B = beta_B * (mean_B >= FLOOR)
        slope_B = beta_B / (mean_B + EPS)
        pooled_B = slope_B * lam * moments.mean[0] - beta_B
        line = torch.stack([slope_B * (1 - lam), slope_B, pooled_B, -beta_B])
        return cls(line.unflatten(0, (2, 2)))

    def moments(self, of: Moments) -> tuple[Tensor, Tensor]:
        """Sum of w, and of w^2, per row and class."""
        slope, offset = self.line
        count, mass, square = of.sums
        first = slope * mass + offset * count
        second = slope**2 * square + offset * (slope * mass + first)
        return count + first, count + 2 * first + second
