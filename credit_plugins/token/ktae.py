"""KTAE: token ids that right and wrong rollouts use differently get a bonus of their own."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..batch import IDS, CreditBatch
from ..operator import token_operator
from ..options import number

K1, B = 2.0, 0.5
"""BM25's saturation and length normalisation."""

EPS = 1e-5


@token_operator(reads=IDS, scope="group", neutral={"weight": 0.0})
def ktae(adv_BT: Tensor, batch: CreditBatch, *, weight: float = number(1.0, 0.0, 10.0)) -> Tensor:
    """Add how much a token id tells right from wrong rollouts.

    ``A'_t = A_t + weight * tanh((F + IG) (h + d) / 4)``, by the id of token t within its group. Of
    R right rollouts a have the id, of W wrong ones b (right is a reward above 0.5):

    - ``F = exp(-2p)`` with p of Fisher's exact test, two-sided, on the table a, b, R-a, W-b; 0 at
      p=1;
    - ``IG`` the information in bits that its presence gives about right or wrong;
    - ``h = asin sqrt(a/R) - asin sqrt(b/W)``, half of Cohen's h;
    - ``d = f/(g + 1e-5) - g/(f + 1e-5)``, f and g the id's share of all right and of all wrong
      tokens, each saturated as ``3 s / (s + 2 (0.5 + 0.5 l))``, l the side's tokens over the mean
      of both sides.

    The bonus lies between -weight and weight and is the same for the id in right and in wrong
    rollouts; it is not zero-sum and may flip a sign. weight=0 is the identity.
    Degenerate: a group without a right or without a wrong rollout changes nothing. An id that only
    one side has gets nearly the whole bonus, because d divides by 1e-5.

    Args:
        weight: 0 to 10; 1 in the source, where |A| is about 1.

    Reference:
        Sun et al., KTAE: A Model-Free Algorithm to Key-Tokens Advantage Estimation, arXiv
        2505.16826; formula and constants from its public code, which also gives 0 to the id of
        Qwen's end of text.

    >>> pair = CreditBatch(torch.tensor([1.0, 0.0]), torch.zeros(2).long(), torch.ones(2, 2).bool(),
    ...     {"ids_BT": torch.tensor([[5, 6], [5, 7]])})
    >>> ktae(torch.zeros(2, 2), pair)
    tensor([[ 0.,  1.],
            [ 0., -1.]])
    """
    bonus_BT = torch.zeros_like(adv_BT)
    for group in batch.group_B.unique():
        rows = batch.group_B == group
        mask, right = batch.mask_BT[rows], batch.reward_B[rows] > 0.5
        if mask.any() and right.any() and not right.all():
            own = torch.zeros(mask.shape, dtype=torch.float64)
            own[mask] = _told(batch.signal(IDS)[rows], mask, right)
            bonus_BT[rows] = own.to(adv_BT.dtype)
    return adv_BT + weight * bonus_BT


def _told(ids: Tensor, mask: Tensor, right: Tensor) -> Tensor:
    """The bonus of each generated token of a group, at weight 1."""
    row, _ = mask.nonzero(as_tuple=True)
    values, index = ids[mask].unique(return_inverse=True)
    used = torch.zeros(len(mask), len(values), dtype=torch.float64)
    used.index_put_((row, index), torch.ones(len(row), dtype=torch.float64), accumulate=True)
    has = (used > 0).double()
    a, b = has[right].sum(0), has[~right].sum(0)
    total_right, total_wrong = float(right.sum()), float((~right).sum())
    f, g = _frequencies(used[right].sum(0), used[~right].sum(0))
    h = (a / total_right).sqrt().asin() - (b / total_wrong).sqrt().asin()
    d = f / (g + EPS) - g / (f + EPS)
    p = _fisher(a, b, total_right, total_wrong)
    strength = torch.where(p < 1, (-2 * p).exp(), 0.0) + _gain(a, b, total_right, total_wrong)
    return torch.tanh(strength * (h + d) / 4)[index]


def _frequencies(right: Tensor, wrong: Tensor) -> tuple[Tensor, Tensor]:
    mean = (right.sum() + wrong.sum()) / 2
    shares = ((x / x.sum().clamp(min=1), x.sum() / mean) for x in (right, wrong))
    f, g = ((K1 + 1) * s / (s + K1 * (1 - B + B * length)) for s, length in shares)
    return f, g


def _fisher(a: Tensor, b: Tensor, rights: float, wrongs: float) -> Tensor:
    """Two-sided p of Fisher's exact test for each column; 1 at most."""
    with_id = a + b
    k = torch.arange(rights + 1, dtype=torch.float64)[:, None]
    possible = (k <= with_id) & (with_id - k <= wrongs)
    logs = _choose(rights, k) + _choose(wrongs, (with_id - k).clamp(0, wrongs))
    chance = torch.where(possible, (logs - _choose(rights + wrongs, with_id)).exp(), 0.0)
    seen = chance.gather(0, a.long()[None])
    as_rare = chance <= seen * (1 + 1e-7)
    p = torch.where(as_rare, chance, 0.0).sum(0)
    return torch.where(p > 1 - 1e-9, 1.0, p)


def _choose(n: float, k: Tensor) -> Tensor:
    """``log C(n, k)``."""
    whole = torch.tensor(n + 1.0, dtype=torch.float64)
    return torch.lgamma(whole) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)


def _gain(a: Tensor, b: Tensor, rights: float, wrongs: float) -> Tensor:
    """Information about right or wrong in the presence of the id, bits."""
    whole = rights + wrongs
    with_id, without = a + b, whole - a - b
    before = _bits(torch.tensor(rights / whole, dtype=torch.float64))
    after = with_id * _bits(a / with_id) + without * _bits((rights - a) / without.clamp(min=1))
    return before - after / whole


def _bits(p: Tensor) -> Tensor:
    """Entropy of a coin, bits."""
    nats: Tensor = torch.special.entr(p) + torch.special.entr(1 - p)
    return nats / math.log(2)
