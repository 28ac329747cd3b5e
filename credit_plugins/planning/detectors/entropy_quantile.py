"""Planning by uncertainty: the most uncertain tokens of each completion."""

from __future__ import annotations

import torch
from torch import Tensor

from ...batch import ENTROPY
from ...options import number
from ...ranking import top_mask
from ..detector import signal_detector


@signal_detector(reads=ENTROPY)
def entropy_quantile(
    entropy_BT: Tensor, mask_BT: Tensor, *, share: float = number(0.2, 0.0, 1.0)
) -> Tensor:
    """Mark the top share of each completion's tokens by entropy.

    Degenerate: tokens that tie for the last places are left out unless all of them fit, so a
    completion of equal entropies has none; a NaN counts as 0.

    Args:
        entropy_BT: nats.
        mask_BT: true on tokens that the model generated.
        share: part of each completion's tokens.
    """
    clean_BT = torch.where(mask_BT, entropy_BT, 0.0).nan_to_num(0.0)
    return top_mask(clean_BT, mask_BT, share=share, scope="completion").cpu()
