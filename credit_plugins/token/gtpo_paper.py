"""GTPO as in its paper: entropy is added to the reward, by position."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..batch import ENTROPY, CreditBatch
from ..options import Options, number
from ..stats import row_counts, widen
from ..types import TokenOperator
from .sides import Sides, standardise


@dataclass(frozen=True)
class GtpoPaperConfig(Options):
    """Options of ``algorithm.credit.gtpo_paper``; the paper asks for a1 + a2 = 1."""

    a1: float = number(0.9, 0.0, 2.0)
    a2: float = number(0.1, 0.0, 2.0)

    @property
    def signal_key(self) -> str:
        """The paper's signal is entropy."""
        return ENTROPY

    def cautions(self) -> list[str]:
        """The conservation law needs a1 + a2 = 1."""
        return conservation_caution("gtpo_paper", a1=self.a1, a2=self.a2)


def conservation_caution(section: str, **share: float) -> list[str]:
    """One sentence if the two coefficients do not add up to 1."""
    if abs(sum(share.values()) - 1) < 1e-6:
        return []
    names, given = " + ".join(share), " + ".join(f"{value:g}" for value in share.values())
    return [
        f"algorithm.credit.{section}: {names} is {given}; the shaped rewards add up to the plain "
        f"ones only if {names} = 1"
    ]


def gtpo_paper(*, a1: float = 0.9, a2: float = 0.1) -> TokenOperator:
    """Replace the advantage by the paper's, from rewards and entropy.

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
    >>> gtpo_paper(a1=0.5, a2=0.5)(torch.ones(2, 3), pair)
    tensor([[-1.7321,  0.0000,  0.0000],
            [ 1.7321,  0.0000,  0.0000]])
    """
    return partial(_gtpo_paper, a1=a1, a2=a2)


def _gtpo_paper(adv_BT: Tensor, batch: CreditBatch, *, a1: float, a2: float) -> Tensor:
    sides = Sides.of(batch)
    shaped_BT = shaped_rewards(batch, a1=a1, a2=a2)
    tokens_C = sides.add_up(row_counts(batch.mask_BT).double())
    answer_BT = standardise(shaped_BT, batch.mask_BT, tokens_C, sides)
    return answer_BT.to(widen(adv_BT).dtype)


def shaped_rewards(batch: CreditBatch, *, a1: float, a2: float) -> Tensor:
    """The ``x_BT`` of ``gtpo_paper``, float64, 0 where masked."""
    sides = Sides.of(batch)
    share_BT = sides.share(batch.signal(ENTROPY).double(), batch.mask_BT)
    return torch.where(batch.mask_BT, sides.sign_B[:, None] * (a1 + a2 * share_BT), 0.0)
