"""Masked statistics written out once more, against which operators are judged."""

from __future__ import annotations

import torch

from credit_plugins.batch import CreditBatch
from credit_plugins.token.gtpo import gtpo


def masked_mean(x_BT, mask_BT):
    """Mean of each row where the mask is true, [B,1]; 0 if nowhere."""
    mass_B1 = torch.where(mask_BT, x_BT, 0.0).sum(1, keepdim=True)
    return mass_B1 / mask_BT.sum(1, keepdim=True).clamp(min=1)


def masked_var(x_BT, mask_BT):
    """Population variance of each row where the mask is true, [B,1]; 0 if nowhere."""
    return masked_mean((x_BT - masked_mean(x_BT, mask_BT)) ** 2, mask_BT)


def gtpo_weights(signal_BT, mask_BT, *, beta):
    """The weights of gtpo: its answer to an advantage of 1 on every token."""
    kept_BT = torch.where(mask_BT, signal_BT, 0.0)
    rows = len(mask_BT)
    batch = CreditBatch(
        kept_BT.new_ones(rows), torch.zeros(rows).long(), mask_BT, {"entropy_BT": kept_BT}
    )
    return gtpo(mask_BT.to(kept_BT.dtype), batch, beta=beta)
