"""Entropy shaping: a bonus for uncertain tokens, bounded by the advantage."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batch import ENTROPY, CreditBatch
from ..operator import token_operator
from ..options import number


@token_operator(reads=ENTROPY, neutral={"alpha": 0.0})
def entropy_shaping(
    adv_BT: Tensor,
    batch: CreditBatch,
    *,
    alpha: float = number(0.4, 0.0, 10.0),
    kappa: float = number(2.0, 1.0, 100.0),
) -> Tensor:
    """Add a bounded entropy bonus to the advantage.

    ``A'_t = A_t + min(alpha H_t, |A_t| / kappa)``, H detached: an entropy bonus on the advantage,
    not in the loss, so its gradient is that of the policy alone.

    Never flips a sign, because kappa is at least 1; where A is 0 nothing is added. Not zero-sum:
    uncertain tokens of failures are punished less. alpha=0 is the identity.
    Degenerate: an entropy of 0 adds nothing; at a large alpha the bonus is ``|A| / kappa``
    everywhere.

    Args:
        alpha: weight of the entropy, 0 to 10.
        kappa: the bonus is at most this part of the advantage, 1 to 100.

    Reference:
        Cheng et al., Reasoning with Exploration: An Entropy Perspective, arXiv 2506.14758, at
        second hand; alpha 0.4 and kappa 2 are its numbers for GRPO.

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(), torch.ones(1, 3).bool(),
    ...     {"entropy_BT": torch.tensor([[0.0, 0.5, 5.0]])})
    >>> entropy_shaping(torch.tensor([[1.0, 1.0, -1.0]]), row)
    tensor([[ 1.0000,  1.2000, -0.5000]])
    """
    return adv_BT + torch.minimum(alpha * batch.signal(ENTROPY), adv_BT.abs() / kappa)
