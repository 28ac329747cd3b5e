"""Blocks: whole groups of a batch, few enough rows to stay in the cache, cleaned once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from .batch import CEILING, PLANNING, UNCERTAINTY, CreditBatch
from .metrics import Recorder
from .stats import widen

BLOCK_SLOTS = 1 << 18
"""Token slots of a block; fewer cost more in calls than the cache saves."""

Rows = slice | Tensor


def blocks_of(group_B: Tensor, slots: int, most: int | None) -> Iterator[Rows]:
    """Rows of whole groups, about ``most`` token slots each; a slice where they are adjacent.

    With ``most=None`` all rows at once.
    """
    rows = len(group_B) if most is None else max(1, most // max(1, slots))
    order_B = torch.argsort(group_B, stable=True)
    ends = _ends(group_B[order_B])
    in_place = bool((order_B == torch.arange(len(order_B), device=order_B.device)).all())
    start, last = 0, 0
    for end in ends:
        if end - start > rows and last > start:
            yield slice(start, last) if in_place else order_B[start:last]
            start = last
        last = end
    if last > start:
        yield slice(start, last) if in_place else order_B[start:last]


def _ends(sorted_B: Tensor) -> Sequence[int]:
    """One past the last row of each group."""
    counts: list[int] = torch.unique_consecutive(sorted_B, return_counts=True)[1].cumsum(0).tolist()
    return counts


def block_of(
    batch: CreditBatch, rows: Rows, reads: frozenset[str], recorder: Recorder | None = None
) -> tuple[CreditBatch, int]:
    """Some rows of a batch, cleaned, and how many entries under the mask were not finite.

    What operators may rely on: every signal is 0 where masked and finite; an uncertainty signal is
    between 0 and 50 nats; planning tokens are factors 1.0 and 0.0. A row whose uncertainty holds a
    NaN becomes all 0: its mean says nothing, and one NaN must neither spread nor zero the row's
    advantages, so operators weigh it uniformly.
    """
    raw = {name: batch.signal(name)[rows] for name in sorted(reads)}
    block = batch.rows(rows, recorder).with_signals(raw)
    signals, nonfinite = {}, 0
    for name, x_BT in raw.items():
        if name == PLANNING:
            signals[name] = block.planning_BT
        elif x_BT.is_floating_point():
            signals[name], bad = _clean(x_BT, block, name in UNCERTAINTY)
            nonfinite += bad
        else:
            signals[name] = x_BT
    return block.with_signals(signals), nonfinite


def _clean(x_BT: Tensor, block: CreditBatch, is_uncertainty: bool) -> tuple[Tensor, int]:
    clean_BT = widen(x_BT) * block.kept_BT
    if not clean_BT.sum().isfinite():  # perhaps from junk in a masked slot
        bad = int((block.mask_BT & ~torch.isfinite(x_BT)).sum())
        clean_BT = torch.where(block.mask_BT, widen(x_BT), 0.0)
        poisoned_B1 = clean_BT.isnan().any(1, keepdim=True)
        clean_BT = torch.where(poisoned_B1, 0.0, clean_BT)
        clean_BT = clean_BT if is_uncertainty else clean_BT.nan_to_num(0.0, 0.0, 0.0)
    else:
        bad = 0
    return (clean_BT.clamp_(0.0, CEILING) if is_uncertainty else clean_BT), bad
