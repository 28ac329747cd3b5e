"""Entropy mask: only the most uncertain tokens keep their advantage."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..batch import ENTROPY, CreditBatch
from ..options import Options, choice, number
from ..ranking import SCOPES, top_weights
from ..types import TokenOperator


@dataclass(frozen=True)
class EntropyMaskConfig(Options):
    """Options of ``algorithm.credit.entropy_mask``.

    Attributes:
        share: part of the tokens that keep their advantage; 1 keeps all.
        scope: ranks the tokens of each ``completion``, or of the ``batch`` as in the paper.
    """

    share: float = number(0.2, 0.0, 1.0)
    scope: str = choice("completion", SCOPES)

    @property
    def signal_key(self) -> str:
        """Name of the signal in ``CreditBatch.signals``."""
        return ENTROPY


def entropy_mask(*, share: float = 0.2, scope: str = "completion") -> TokenOperator:
    """Keep the advantage on the forking tokens, the top share by entropy, and drop the others.

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

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"entropy_BT": torch.tensor([[0.1, 2.0, 0.1]])})
    >>> entropy_mask(share=0.7)(torch.tensor([[3.0, 3.0, 3.0]]), row)
    tensor([[1.5000, 3.0000, 1.5000]])
    """
    return partial(_entropy_mask, share=share, scope=scope)


def _entropy_mask(adv_BT: Tensor, batch: CreditBatch, *, share: float, scope: str) -> Tensor:
    weight_BT = top_weights(batch.signal(ENTROPY), batch.mask_BT, share=share, scope=scope)
    return torch.where(batch.mask_BT, adv_BT * weight_BT, 0.0)
