"""The fused path: episode operator, SEPA, GTPO and HICRA in one pass over the tokens.

Given the moments of a completion, all of it is affine in the signal: on execution tokens
``S' = lam * mu + (1 - lam) * S``, everywhere ``w = 1 - beta + beta / mean(S) * S'``, and HICRA
scales planning tokens by ``1 + alpha * sign(A)``. So a chunk of rows is read once, reduced to
moments, and written; metrics follow from the moments. The clamp of GTPO cannot fire, because
beta <= 1 and S' >= 0. It is tested against the operators (tests/credit/test_fused.py), which run
whatever is not of this form: other modes, scopes and operators.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ..batch import PLANNING, CreditBatch
from ..metrics import within_row_spread
from ..signals.clean import clean
from . import answer
from .chunk import Workspace
from .metrics import token_metrics
from .moments import Moments, Weights
from .plan import Plan, plan_of

__all__ = ["Plan", "plan_of", "run"]

CHUNK_TOKENS = 1 << 19
"""Buffers of this size stay in the cache; smaller ones cost more in calls than they save."""


def run(
    plan: Plan, batch: CreditBatch, adv_B: Tensor, resolve: Callable[[float], float], watches: bool
) -> tuple[Tensor, dict[str, float]]:
    """Advantages and the metrics of tokens.

    Args:
        plan: the estimator's.
        batch: with at least one token slot.
        adv_B: advantage from the episode operator.
        resolve: lambda from the execution variance.
        watches: whether lambda depends on that variance; then the tokens are read twice.
    """
    rows, slots = batch.mask_BT.shape
    # On other devices calls cost more than the cache saves; thirds keep memory below 3 [B,T].
    step = max(1, CHUNK_TOKENS // slots) if batch.mask_BT.device.type == "cpu" else -(-rows // 3)
    chunks = [slice(start, start + step) for start in range(0, rows, step)]
    lam = resolve(execution_variance(batch, plan.signal_key, chunks) if watches else math.nan)

    dtype = torch.promote_types(adv_B.dtype, batch.signals[plan.signal_key].dtype)
    out_BT = answer.empty(rows, slots, dtype, adv_B.device)
    workspace = Workspace(batch, plan.signal_key, min(step, rows), dtype)
    adv_B = adv_B.to(workspace.dtype)
    adv = torch.stack([adv_B, adv_B + plan.alpha * adv_B.abs()])
    beta_B = torch.full_like(adv_B, plan.beta).masked_fill_(adv_B < 0, plan.negative_beta)
    sums, spans, nonfinite = adv.new_zeros(3, 2, rows), [], 0
    for chunk in chunks:
        part = workspace.read(chunk)
        part.reduce(sums[..., chunk])
        weights = Weights.of(beta_B[chunk], Moments(sums[..., chunk]), lam)
        spans.append(part.write(out_BT[chunk], adv[:, chunk], weights))
        nonfinite += part.nonfinite

    moments = Moments(sums.double())
    weights = Weights.of(beta_B.double(), moments, lam)
    adv = adv if PLANNING in batch.signals else adv[:1]
    found = token_metrics(plan.signal_key, moments, weights, adv, torch.stack(spans), lam)
    return out_BT, found | {"credit/nonfinite": float(nonfinite)}


def execution_variance(batch: CreditBatch, key: str, chunks: list[slice]) -> float:
    """As in ``metrics``, around the mean: from moments, rounding would remain where it is 0."""
    spread, count = 0.0, 0.0
    for rows in chunks:
        mask_BT = batch.mask_BT[rows]
        exec_BT = mask_BT & ~batch.signals[PLANNING][rows].bool()
        found = within_row_spread(clean(batch.signals[key][rows], mask_BT), exec_BT)
        spread, count = spread + found[0].item(), count + found[1].item()
    return spread / count if count else math.nan
