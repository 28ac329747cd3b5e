"""Surprisal of the sampled token."""

from __future__ import annotations

from torch import Tensor

from ..batch import SURPRISAL, CreditBatch
from .clean import clean


def surprisal(batch: CreditBatch) -> Tensor:
    """``s_t = -log pi(sampled token)`` in nats, [B,T]; its expectation is the entropy.

    Weighting by it adds an entropy bonus to rollouts with A > 0 and a penalty to those with A < 0.
    Degenerate: a sampled token of probability 0 counts as 50 nats. Reads ``surprisal_BT``.
    """
    return clean(batch.signal(SURPRISAL), batch.mask_BT)
