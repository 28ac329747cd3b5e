"""Masked and grouped statistics, in float32 or better; every mean goes through here."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import torch
from torch import Tensor

from .errors import RewardContractError


def widen(x: Tensor) -> Tensor:
    """``x`` in float32 or better: half-precision sums break the mean-1 and sum-0 laws."""
    return x if x.dtype in (torch.float32, torch.float64) else x.float()


def row_counts(mask_BT: Tensor) -> Tensor:
    """True entries of each row, int64 [B]; counted in parts, because torch copies to integers."""
    rows = max(1, 2**18 // max(1, mask_BT.shape[1]))
    parts = mask_BT.view(torch.int8).split(rows)
    return torch.cat([part.sum(1, dtype=torch.int32) for part in parts]).long()


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


def binary(reward_B: Tensor, operator: str) -> Tensor:
    """The rewards, if each is exactly 0 or 1.

    Raises:
        RewardContractError: one is not; the message names the operator that needs it.
    """
    bad_B = (reward_B != 0) & (reward_B != 1)
    if bad_B.any():
        raise RewardContractError(
            f"{operator} needs rewards of exactly 0 or 1; {int(bad_B.sum())} of {len(reward_B)} "
            f"are not, the first is {reward_B[bad_B][0].item():g}. Give it the verifier's verdict, "
            f"without KL, length or format terms; in verl, algorithm.credit.reward=acc reads the "
            f"acc of reward_extra_info instead of the score."
        )
    return reward_B


def leave_one_out(reward_B: Tensor, group_B: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Of binary rewards: each less the success rate of the others, their failures, their number."""
    mean_B, size_B = group_mean(reward_B, group_B)
    others_B = size_B - 1
    passed_B = (mean_B * size_B).round() - reward_B
    return reward_B - passed_B / others_B.clamp(min=1), others_B - passed_B, others_B


def choose_ratio(some: Tensor, whole: Tensor, k: Tensor) -> Tensor:
    """``C(some, k) / C(whole, k)``, the chance that k drawn out of ``whole`` lie in ``some``.

    0 where some < k, 1 where k = 0; elementwise, whole >= k.
    """
    ratio = torch.ones_like(some)
    for j in range(int(k.max()) if k.numel() else 0):
        factor = (some - j).clamp(min=0) / (whole - j).clamp(min=1)
        ratio = torch.where(j < k, ratio * factor, ratio)
    return ratio


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
