"""Planning tokens, where the model hesitates, checks, backtracks or chooses a strategy."""

from __future__ import annotations

from torch import Tensor

from ..batch import CreditBatch


def planning(batch: CreditBatch) -> Tensor:
    """Planning tokens under the mask, bool [B,T]; found by ``credit_plugins.planning``."""
    return batch.planning_BT


def execution(batch: CreditBatch) -> Tensor:
    """All other tokens under the mask, bool [B,T]."""
    return batch.mask_BT & ~batch.planning_BT
