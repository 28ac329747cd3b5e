"""Entropy boost, HICRA's other form: planning tokens get a higher entropy."""

from __future__ import annotations

from torch import Tensor

from ..batch import PLANNING, CreditBatch
from ..operator import signal_operator
from ..options import number


@signal_operator(reads=PLANNING, neutral={"gamma": 0.0})
def boost(
    signal_BT: Tensor, batch: CreditBatch, *, gamma: float = number(0.3, 0.0, 10.0)
) -> Tensor:
    """Raise the signal of planning tokens.

    ``S'_t = S_t + gamma * mean(S)`` on planning tokens, ``S_t`` elsewhere.

    Before GTPO it gives planning tokens what execution tokens lose: the completion keeps its sum of
    advantages, whereas the advantage form (``hicra``) pays for every planning phrase. SEPA's
    pooling keeps mean(S) and planning tokens, so the two commute. gamma=0 is the identity.
    Degenerate: no planning token, or a signal of 0 throughout, changes nothing; a completion that
    only plans is raised evenly, which GTPO does not see.

    Args:
        gamma: 0 to 10.

    Reference:
        The entropy form in the SEPA author's textpolicy, where the mean is over the microbatch and
        gamma is 0.3; not in the HICRA paper, arXiv 2509.03646.

    >>> import torch
    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"planning_BT": torch.tensor([[0, 1, 0]])})
    >>> boost(torch.tensor([[1.0, 3.0, 2.0]]), row, gamma=0.5)
    tensor([[1., 4., 2.]])
    """
    return signal_BT.addcmul(batch.planning_BT, batch.mean(signal_BT), value=gamma)
