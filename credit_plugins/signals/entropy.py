"""Shannon entropy of the policy at each token."""

from __future__ import annotations

from torch import Tensor

from ..batch import ENTROPY, CreditBatch
from .clean import clean


def entropy(batch: CreditBatch) -> Tensor:
    """``H_t = -sum_v pi_v log pi_v`` over the full vocabulary, in nats, [B,T].

    A function of the state alone, so weighting by it adds no entropy bonus in expectation.
    Reads ``entropy_BT``: the actor's distribution at the rollout temperature, reduced in float32.
    """
    return clean(batch.signal(ENTROPY), batch.mask_BT)
