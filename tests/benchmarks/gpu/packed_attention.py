"""Attention over packed sequences with torch's own flash kernel, where flash-attn is not installed.

    actor_rollout_ref.model.external_lib=packed_attention
    +actor_rollout_ref.model.override_config.attn_implementation=packed_sdpa

Importing it registers the name in transformers. Each sequence of the pack is a call of its own, so
none sees another; without it, `sdpa` builds a mask of the whole pack squared.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface


def packed_sdpa(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    position_ids: Tensor | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Causal attention of one row of sequences; a position of 0 begins a new one."""
    if query.shape[0] != 1 or position_ids is None or attention_mask is not None:
        raise ValueError("packed_sdpa wants one row of packed sequences (use_remove_padding=True)")
    starts = (position_ids[0] == 0).nonzero().flatten().tolist()
    parts = [
        scaled_dot_product_attention(
            query[:, :, a:b],
            key[:, :, a:b],
            value[:, :, a:b],
            is_causal=True,
            scale=scaling,
            enable_gqa=True,
        )
        for a, b in zip(starts, [*starts[1:], query.shape[2]], strict=True)
    ]
    return torch.cat(parts, 2).transpose(1, 2).contiguous(), None


AttentionInterface.register("packed_sdpa", packed_sdpa)
