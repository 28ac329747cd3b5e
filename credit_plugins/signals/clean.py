"""Reading an uncertainty signal: every operator after this sees finite, non-negative numbers."""

from __future__ import annotations

import torch
from torch import Tensor

from ..stats import widen

CEILING = 50.0
"""Nats; far above log(vocabulary). Only a token of probability 0 (surprisal = inf) reaches it."""


def clean(signal_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """The signal clamped to 0..50 nats, 0 where masked; a row with a NaN becomes all 0.

    Operators read an all-zero row as "no information" and weigh it uniformly: one NaN makes the
    row's mean meaningless, and must neither spread nor zero the row's advantages.
    """
    signal_BT = torch.where(mask_BT, widen(signal_BT), 0.0)
    poisoned_B1 = signal_BT.isnan().any(1, keepdim=True)
    return torch.where(poisoned_B1, 0.0, signal_BT.clamp(0.0, CEILING))


def count_nonfinite(signal_BT: Tensor, mask_BT: Tensor) -> int:
    """How many tokens under the mask are NaN or infinite."""
    return int((mask_BT & ~torch.isfinite(signal_BT)).sum())
