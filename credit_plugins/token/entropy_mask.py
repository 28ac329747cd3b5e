"""Entropy mask: only the most uncertain tokens keep their advantage."""

from __future__ import annotations

from torch import Tensor

from ..batch import ENTROPY, CreditBatch
from ..operator import token_operator
from ..options import choice, number
from ..ranking import SCOPES, top_weights


@token_operator(reads=ENTROPY, scope=lambda numbers: numbers["scope"], neutral={"share": 1.0})
def entropy_mask(
    adv_BT: Tensor,
    batch: CreditBatch,
    *,
    share: float = number(0.2, 0.0, 1.0),
    scope: str = choice("completion", SCOPES),
) -> Tensor:
    """Keep the advantage on the most uncertain tokens only.

    ``A'_t = A_t * w_t``, ``w_t = 1`` on the ``max(1, floor(share * n))`` tokens of largest entropy,
    0 elsewhere; tokens that tie for the last places share them equally (0 < w_t < 1).

    Keeps the sign of A. share=1 is the identity.
    After SEPA it ranks the edited entropy.
    Degenerate: one token keeps its advantage; where all tie, as in a completion whose entropy
    holds a NaN, every token weighs the same.

    Args:
        share: 0 to 1; 0 keeps one token.
        scope: ``completion``, or ``batch``, where a completion may lose all its tokens and
            groups do influence each other.

    Reference:
        Wang et al., Beyond the 80/20 Rule: High-Entropy Minority Tokens Drive Effective RL for
        LLM Reasoning, arXiv 2506.01939, which ranks the batch at share 0.2.

    >>> import torch
    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"entropy_BT": torch.tensor([[0.1, 2.0, 0.1]])})
    >>> entropy_mask(torch.tensor([[3.0, 3.0, 3.0]]), row, share=0.7)
    tensor([[1.5000, 3.0000, 1.5000]])
    """
    return adv_BT * top_weights(batch.signal(ENTROPY), batch.mask_BT, share=share, scope=scope)
