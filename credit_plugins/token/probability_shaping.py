"""Probability shaping: the likelier a sampled token, the more of the advantage it keeps."""

from __future__ import annotations

from torch import Tensor

from ..batch import SURPRISAL, CreditBatch
from ..operator import token_operator
from ..options import number


@token_operator(reads=SURPRISAL, neutral={"alpha": 0.0, "threshold": 1.0})
def probability_shaping(
    adv_BT: Tensor,
    batch: CreditBatch,
    *,
    alpha: float = number(0.3, 0.0, 1.0),
    threshold: float = number(1.0, 0.0, 1.0),
) -> Tensor:
    """Give unlikely tokens less of the advantage.

    ``A'_t = A_t (alpha p_t + 1 - alpha)`` where ``p_t <= threshold``, else 0, with
    ``p_t = exp(-s_t)`` the probability of the sampled token under the policy that is updated.

    Unlikely tokens have the largest gradients and would dominate an update. Below 1 ``threshold``
    is the mask of SPO: only tokens with a probability of at most that count. Keeps the sign of A.
    alpha=0 with threshold 1 is the identity.
    Degenerate: a token of probability 1 keeps all of A at threshold 1.

    Args:
        alpha: 0 to 1; the source uses 0.2 to 0.3.
        threshold: probability above which a token gets nothing; 1 for no mask.

    Reference:
        Yang et al., Do Not Let Low-Probability Tokens Over-Dominate in RL for LLMs, arXiv
        2505.12929; the mask after Guo et al., Segment Policy Optimization, arXiv 2505.23564. Both
        at second hand.

    >>> import torch
    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(), torch.ones(1, 2).bool(),
    ...     {"surprisal_BT": torch.tensor([[0.0, 0.6931472]])})
    >>> probability_shaping(torch.ones(1, 2), row, alpha=0.5)
    tensor([[1.0000, 0.7500]])
    """
    p_BT = (-batch.signal(SURPRISAL)).exp()
    kept_BT = (p_BT <= threshold).to(p_BT.dtype)
    return adv_BT * (alpha * p_BT + (1 - alpha)) * kept_BT
