"""GRPO-S, the sequence form of GTPO: mean entropy is added to the reward."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..batch import ENTROPY, CreditBatch
from ..options import Options, number
from ..stats import masked_mean, widen
from ..types import TokenOperator
from .gtpo_paper import conservation_caution
from .sides import Sides, standardise


@dataclass(frozen=True)
class GrpoSConfig(Options):
    """Options of ``algorithm.credit.grpo_s``; the paper asks for b1 + b2 = 1."""

    b1: float = number(0.9, 0.0, 2.0)
    b2: float = number(0.1, 0.0, 2.0)

    @property
    def signal_key(self) -> str:
        """The paper's signal is entropy."""
        return ENTROPY

    def cautions(self) -> list[str]:
        """The conservation law needs b1 + b2 = 1."""
        return conservation_caution("grpo_s", b1=self.b1, b2=self.b2)


def grpo_s(*, b1: float = 0.9, b2: float = 0.1) -> TokenOperator:
    """Replace the advantage by that of GRPO-S, one number per rollout.

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
    >>> grpo_s(b1=0.5, b2=0.5)(torch.ones(3, 3), trio)[:, 0]
    tensor([-1.2247,  0.0000,  1.2247])
    """
    return partial(_grpo_s, b1=b1, b2=b2)


def _grpo_s(adv_BT: Tensor, batch: CreditBatch, *, b1: float, b2: float) -> Tensor:
    sides, spoken_B = Sides.of(batch), batch.mask_BT.any(1)
    shaped_B = shaped_rewards(batch, b1=b1, b2=b2)
    answer_B = standardise(shaped_B, spoken_B, sides.add_up(spoken_B.double()), sides)
    return torch.where(batch.mask_BT, answer_B[:, None], 0.0).to(widen(adv_BT).dtype)


def shaped_rewards(batch: CreditBatch, *, b1: float, b2: float) -> Tensor:
    """The ``x_B`` of ``grpo_s``, float64, 0 for a rollout without a token."""
    sides, spoken_B = Sides.of(batch), batch.mask_BT.any(1)
    mean_B = masked_mean(batch.signal(ENTROPY).double(), batch.mask_BT)[:, 0]
    return torch.where(spoken_B, sides.sign_B * (b1 + b2 * sides.share(mean_B, spoken_B)), 0.0)
