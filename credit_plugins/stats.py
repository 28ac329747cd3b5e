"""Masked and grouped statistics, in float32 or better; every mean goes through here."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import torch
from torch import Tensor


def widen(x: Tensor) -> Tensor:
    """``x`` in float32 or better: half-precision sums break the mean-1 and sum-0 laws."""
    return x if x.dtype in (torch.float32, torch.float64) else x.float()


def row_counts(mask_BT: Tensor) -> Tensor:
    """True entries of each row, int64 [B]; counted in parts, because torch copies to integers."""
    rows = max(1, 2**18 // max(1, mask_BT.shape[1]))
    parts = mask_BT.view(torch.int8).split(rows)
    return torch.cat([part.sum(1, dtype=torch.int32) for part in parts]).long()


SCOPES = ("completion", "group", "batch")
"""What a masked mean may be taken over."""


def masked_mean(
    x_BT: Tensor, mask_BT: Tensor, group_B: Tensor | None = None, scope: str = "completion"
) -> Tensor:
    """Mean where the mask is true, over each row, its group or the batch, [B,1]; 0 if nowhere.

    Selects with ``where``, because NaN * 0 is NaN. Only scope group needs ``group_B``.
    """
    mass_B1 = torch.where(mask_BT, widen(x_BT), 0.0).sum(1, keepdim=True)
    count_B1 = row_counts(mask_BT)[:, None]
    if scope == "batch":
        mass_B1, count_B1 = (x.sum(0, keepdim=True).expand_as(x) for x in (mass_B1, count_B1))
    elif scope == "group":
        if group_B is None:
            raise ValueError("masked_mean over scope group needs group_B; it got None.")
        mass_B1, count_B1 = (group_sum(x, group_B) for x in (mass_B1, count_B1))
    return mass_B1 / count_B1.clamp(min=1)


def masked_var(x_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """Population variance of each row where the mask is true, [B,1]; 0 if nowhere."""
    return masked_mean((widen(x_BT) - masked_mean(x_BT, mask_BT)) ** 2, mask_BT)


def group_index(group_B: Tensor) -> tuple[Tensor, Tensor]:
    """Groups renumbered 0..G-1 per row, and the size of each: ``(index_B, size_G)``."""
    _, index_B, size_G = torch.unique(group_B, return_inverse=True, return_counts=True)
    return index_B, size_G


def group_sum(x: Tensor, group_B: Tensor) -> Tensor:
    """Each row's total over its group, [B, ...] -> [B, ...]."""
    index_B, size_G = group_index(group_B)
    return x.new_zeros(len(size_G), *x.shape[1:]).index_add(0, index_B, x)[index_B]


def group_mean(x_B: Tensor, group_B: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of each row's group and its size, per row: ``(mean_B, size_B)``."""
    index_B, size_G = group_index(group_B)
    return group_sum(x_B, group_B) / size_G[index_B], size_G[index_B]


def rows_by_group(group_B: Tensor) -> Iterator[Tensor]:
    """Row numbers of the groups, one matrix [groups, n] per distinct group size n.

    Rows of a group keep their order, so a reduction over dimension 1 adds the same numbers in the
    same order as verl's loop over groups and gives the same bits.
    """
    index_B, size_G = group_index(group_B)
    row_B = torch.argsort(index_B, stable=True)
    for size in torch.unique(size_G).tolist():
        yield row_B[(size_G == size)[index_B[row_B]]].view(-1, size)


def pass_at_k(n: int, c: int, k: int) -> float:
    """Unbiased estimate of the chance that k samples hold a correct one.

    ``1 - C(n-c, k) / C(n, k)`` from n samples of which c are correct; k=1 gives c/n.

    Raises:
        ValueError: unless ``0 <= c <= n`` and ``1 <= k <= n``.

    Reference:
        Chen et al., Evaluating Large Language Models Trained on Code, arXiv 2107.03374.

    >>> pass_at_k(4, 1, 2)
    0.5
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(
            f"pass_at_k needs 0 <= c <= n and 1 <= k <= n; it got n={n}, c={c}, k={k}."
        )
    return 1.0 - comb(n - c, k) / comb(n, k)
