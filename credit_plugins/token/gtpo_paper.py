"""GTPO as in its paper: entropy is added to the reward, by position."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batch import ENTROPY, CreditBatch
from ..operator import token_operator
from ..options import number
from ..stats import row_counts, widen
from .sides import Sides, conservation_cautions, standardise


@token_operator(
    reads=ENTROPY,
    scope="group",
    replaces=True,
    cautions=lambda numbers: conservation_cautions("gtpo_paper", numbers),
)
def gtpo_paper(
    adv_BT: Tensor,
    batch: CreditBatch,
    *,
    a1: float = number(0.9, 0.0, 2.0),
    a2: float = number(0.1, 0.0, 2.0),
) -> Tensor:
    """The paper's advantage, from rewards and entropy.

    At position t of a group, among the right rollouts that still run there (``d_t`` of them) and
    the wrong ones (``h_t``):

    - right: ``x_it =  a1 + a2 * d_t * H_it / sum_k H_kt``
    - wrong: ``x_jt = -a1 - a2 * h_t * (1/H_jt) / sum_k (1/H_kt)``

    ``A`` is x standardised over all tokens of the right rollouts of the group, and over all tokens
    of the wrong ones, separately. Right is a reward above 0.5. The advantage that comes in is not
    read. Conservation: column t of x adds up to ``d_t`` and ``-h_t`` if a1 + a2 = 1.

    What to know before using it: each standardisation removes its mean, so a1 cancels and whether
    a rollout was right no longer shows in its total advantage. A lone right rollout is constant,
    so it gets 0: the hard prompts that MaxRL weighs most are erased, and a MaxRL advantage that
    comes in is lost. A wrong token of entropy 0 takes its column's whole share (1/(H + 1e-8)).
    Degenerate: a column of right rollouts without entropy gets no bonus; all equal gives 0.

    Args:
        a1: share of the reward, 0 to 2.
        a2: share of the entropy, 0 to 2.

    Reference:
        Tan et al., GTPO and GRPO-S, arXiv 2508.04349, at second hand: no official code was found.

    >>> pair = CreditBatch(torch.ones(2), torch.zeros(2).long(), torch.ones(2, 3).bool(),
    ...     {"entropy_BT": torch.tensor([[1.0, 2.0, 0.5], [3.0, 2.0, 0.5]])})
    >>> gtpo_paper(torch.ones(2, 3), pair, a1=0.5, a2=0.5)
    tensor([[-1.7321,  0.0000,  0.0000],
            [ 1.7321,  0.0000,  0.0000]])
    """
    sides = Sides.of(batch)
    shaped_BT = shaped_rewards(batch, a1=a1, a2=a2)
    tokens_C = sides.add_up(row_counts(batch.mask_BT).double())
    return standardise(shaped_BT, batch.mask_BT, tokens_C, sides).to(widen(adv_BT).dtype)


def shaped_rewards(batch: CreditBatch, *, a1: float, a2: float) -> Tensor:
    """The ``x_BT`` of ``gtpo_paper``, float64, 0 where masked."""
    sides = Sides.of(batch)
    share_BT = sides.share(batch.signal(ENTROPY).double(), batch.mask_BT)
    return torch.where(batch.mask_BT, sides.sign_B[:, None] * (a1 + a2 * share_BT), 0.0)
