"""GRPO-S, the sequence form of GTPO: mean entropy is added to the reward."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batch import ENTROPY, CreditBatch
from ..operator import token_operator
from ..options import number
from ..stats import widen
from .sides import Sides, conservation_cautions, standardise


@token_operator(
    reads=ENTROPY,
    scope="group",
    replaces=True,
    cautions=lambda numbers: conservation_cautions("grpo_s", numbers),
)
def grpo_s(
    adv_BT: Tensor,
    batch: CreditBatch,
    *,
    b1: float = number(0.9, 0.0, 2.0),
    b2: float = number(0.1, 0.0, 2.0),
) -> Tensor:
    """The advantage of GRPO-S, one number per rollout.

    With ``H_i`` the mean entropy of a rollout, n right and m wrong rollouts in its group:

    - right: ``x_i =  b1 + b2 * n * H_i / sum_k H_k``
    - wrong: ``x_j = -b1 - b2 * m * (1/H_j) / sum_k (1/H_k)``

    ``A`` is x standardised over the right rollouts of the group and over the wrong ones,
    separately, as in ``gtpo_paper``, whose pathologies it shares: the sign no longer tells right
    from wrong, a lone right rollout gets 0, and an advantage that comes in is lost.
    Conservation: x adds up to n and -m if b1 + b2 = 1.
    Degenerate: a rollout without a token takes no part; all equal gives 0.

    Args:
        b1: share of the reward, 0 to 2.
        b2: share of the entropy, 0 to 2.

    Reference:
        Tan et al., GTPO and GRPO-S, arXiv 2508.04349, at second hand; the separate standardisation
        is taken over from GTPO's Eq. 6.

    >>> trio = CreditBatch(torch.ones(3), torch.zeros(3).long(), torch.ones(3, 3).bool(),
    ...     {"entropy_BT": torch.tensor([[1.0], [2.0], [3.0]]).expand(3, 3)})
    >>> grpo_s(torch.ones(3, 3), trio, b1=0.5, b2=0.5)[:, 0]
    tensor([-1.2247,  0.0000,  1.2247])
    """
    sides, spoken_B = Sides.of(batch), batch.mask_BT.any(1)
    shaped_B = shaped_rewards(batch, b1=b1, b2=b2)
    answer_B = standardise(shaped_B, spoken_B, sides.add_up(spoken_B.double()), sides)
    return torch.where(batch.mask_BT, answer_B[:, None], 0.0).to(widen(adv_BT).dtype)


def shaped_rewards(batch: CreditBatch, *, b1: float, b2: float) -> Tensor:
    """The ``x_B`` of ``grpo_s``, float64, 0 for a rollout without a token."""
    sides, spoken_B = Sides.of(batch), batch.mask_BT.any(1)
    mean_B = batch.signal(ENTROPY).double().sum(1) / batch.length_B1[:, 0].clamp(min=1)
    return torch.where(spoken_B, sides.sign_B * (b1 + b2 * sides.share(mean_B, spoken_B)), 0.0)
