"""The tokens with the largest signal: a share of each completion, or of the whole batch."""

from __future__ import annotations

import torch
from torch import Tensor

from .stats import row_counts, widen

SCOPES = ("completion", "batch")


def top_weights(signal_BT: Tensor, mask_BT: Tensor, *, share: float, scope: str) -> Tensor:
    """1 on the top share of the tokens, 0 on the others, a fraction on ties at the cut, [B,T].

    Of n tokens ``k = max(1, floor(share * n))`` are kept. Tokens that tie for the last places share
    them equally, so the weights add up to k whatever ties, and no token is preferred for its
    position. share=1 keeps every token. n counts each completion, or with scope ``batch`` all.
    """
    if scope == "batch":
        flat = (x.reshape(1, -1) for x in (signal_BT, mask_BT))
        return top_weights(*flat, share=share, scope="completion").reshape(mask_BT.shape)
    above_BT, tied_BT, room_B1 = _cut(signal_BT, mask_BT, share)
    part_B1 = room_B1.double() / tied_BT.sum(1, keepdim=True).clamp(min=1)
    dtype = widen(signal_BT).dtype
    return torch.where(tied_BT, part_B1.to(dtype), above_BT.to(dtype))


def top_mask(signal_BT: Tensor, mask_BT: Tensor, *, share: float, scope: str) -> Tensor:
    """The tokens that have weight 1 in ``top_weights``, bool [B,T].

    Tokens that tie for the last places are left out unless all of them fit. So at most k tokens are
    kept, and none of a completion whose tokens all tie, unless k is all of them.
    """
    return top_weights(signal_BT, mask_BT, share=share, scope=scope) == 1


def _cut(signal_BT: Tensor, mask_BT: Tensor, share: float) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens above the k-th largest signal of their row, tokens equal to it, and places left."""
    ranked_BT = torch.where(mask_BT, widen(signal_BT), -torch.inf)
    count_B1 = row_counts(mask_BT)[:, None]
    # Rounded first: 0.29 * 100 is 28.999... in floating point.
    k_B1 = (share * count_B1.double()).round(decimals=6).floor().clamp(min=1).long()
    if not mask_BT.shape[1]:
        return mask_BT, mask_BT, k_B1
    cut_B1 = ranked_BT.sort(1, descending=True).values.gather(1, k_B1 - 1)
    above_BT, tied_BT = ranked_BT > cut_B1, (ranked_BT == cut_B1) & mask_BT
    return above_BT, tied_BT, k_B1 - above_BT.sum(1, keepdim=True)
