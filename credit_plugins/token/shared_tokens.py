"""Shared tokens: what right and wrong rollouts begin and end with alike is not punished."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batch import IDS, CreditBatch
from ..operator import token_operator
from ..options import number


@token_operator(reads=IDS, scope="group", neutral={"positive": 1.0, "negative": 1.0})
def shared_tokens(
    adv_BT: Tensor,
    batch: CreditBatch,
    *,
    positive: float = number(2.0, 1.0, 10.0),
    negative: float = number(0.0, 0.0, 1.0),
) -> Tensor:
    """Spare beginnings and ends that both sides share.

    ``A'_t = A_t * c^(s_t + e_t)``; c is ``positive`` in a rollout whose advantages sum to more
    than 0, ``negative`` in one below 0, and 1 at exactly 0.

    A token is shared if a rollout above 0 and a rollout below 0 of the group both have its id at
    the same distance from their start; s_t is 1 if it and all generated tokens before it are
    shared, else 0. e_t is the same from the end. Where both runs overlap, c counts twice.

    Distances count generated tokens only, so a tool's answer between them does not matter.
    positive=negative=1 is the identity.
    Degenerate: a group with advantages on one side only, or whose rollouts differ in their first
    and last tokens, changes nothing. It is not zero-sum.

    Args:
        positive: 1 to 10; 2 in the source.
        negative: 0 to 1; 0 in the source.

    Reference:
        Simoni et al., GTPO (Group-relative Trajectory-based Policy Optimization: another than
        ``gtpo``), arXiv 2508.03772; from its public code, which also divides a rollout's loss by
        its number of shared tokens, leaves out rollouts above 0.7 nats of mean entropy, and
        subtracts a tenth of that mean from the advantage. None of the three is done here.

    >>> pair = CreditBatch(torch.ones(2), torch.zeros(2).long(), torch.ones(2, 4).bool(),
    ...     {"ids_BT": torch.tensor([[1, 2, 3, 9], [1, 5, 3, 9]])})
    >>> shared_tokens(torch.tensor([[1.0], [-1.0]]).expand(2, 4), pair)
    tensor([[ 2.,  1.,  2.,  2.],
            [-0., -1., -0., -0.]])
    """
    side_B = adv_BT.sum(1).sign()
    factor_B1 = torch.where(side_B > 0, positive, torch.where(side_B < 0, negative, 1.0))[:, None]
    runs_BT = torch.zeros_like(adv_BT)
    for group in batch.group_B.unique():
        rows = batch.group_B == group
        runs_BT[rows] = _runs(batch.signal(IDS)[rows], batch.mask_BT[rows], side_B[rows], adv_BT)
    return adv_BT * factor_B1.to(adv_BT.dtype) ** runs_BT


def _runs(ids: Tensor, mask: Tensor, side: Tensor, like: Tensor) -> Tensor:
    """In how many shared runs each token of a group lies: 0, 1 or 2."""
    from_start = mask.cumsum(1)
    from_end = mask.sum(1, keepdim=True) + 1 - from_start
    row, _ = mask.nonzero(as_tuple=True)
    values, value = ids[mask].unique(return_inverse=True)
    runs = torch.zeros(mask.shape, dtype=like.dtype)
    for distance in (from_start, from_end):
        key = distance[mask] * len(values) + value
        above, below = (torch.isin(key, key[sign[row]]) for sign in (side > 0, side < 0))
        alone = torch.zeros_like(distance)
        alone[mask] = (~(above & below)).long()
        before = alone.cumsum(1)
        if distance is from_end:
            before = before[:, -1:] - before + alone
        runs += (mask & (before == 0)).to(like.dtype)
    return runs
