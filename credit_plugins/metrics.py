"""Metrics ``credit/*``: what each operator did to one batch, as plain floats.

No name contains a word at which verl's aggregator adds values up. A metric that has no tokens or
groups to describe is absent.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .batch import PLANNING, CreditBatch
from .signals.clean import count_nonfinite
from .stats import group_mean, masked_mean, masked_var, widen

Metrics = dict[str, float]


def correct_rate(batch: CreditBatch) -> float:
    """Share of rollouts with reward above 0.5; NaN for an empty batch."""
    return (batch.reward_B > 0.5).double().mean().item()


def group_metrics(batch: CreditBatch) -> Metrics:
    """Correct rate, number of groups, and shares of them: all wrong, all right, of one rollout."""
    if not len(batch.reward_B):
        return {"credit/group/count": 0.0}
    passed_B, size_B = group_mean((batch.reward_B > 0.5).double(), batch.group_B)
    weight_B = 1 / size_B.double()
    count = weight_B.sum()

    def share(chosen_B: Tensor) -> float:
        return (torch.where(chosen_B, weight_B, 0.0).sum() / count).item()

    return {
        "credit/correct_rate": correct_rate(batch),
        "credit/group/count": float(count.round()),
        "credit/group/all_fail": share(passed_B == 0),
        "credit/group/all_pass": share(passed_B == 1),
        "credit/group/single": share(size_B == 1),
    }


def batch_metrics(batch: CreditBatch, signal_key: str | None, adv_BT: Tensor) -> Metrics:
    """The metrics that need only the batch and its advantages."""
    found = group_metrics(batch)
    found["credit/nonfinite"] = nonfinite(batch, signal_key, adv_BT)
    if PLANNING in batch.signals:
        found |= planning_metrics(batch, adv_BT)
    return found


def nonfinite(batch: CreditBatch, signal_key: str | None, adv_BT: Tensor) -> float:
    """NaN and infinite entries under the mask, in the raw signal and in the advantages."""
    count = count_nonfinite(adv_BT, batch.mask_BT)
    if signal_key:
        count += count_nonfinite(batch.signals[signal_key], batch.mask_BT)
    return float(count)


def planning_metrics(batch: CreditBatch, adv_BT: Tensor) -> Metrics:
    """Share of tokens that plan, and share of the absolute advantage that they carry."""
    planning_BT = batch.planning_BT
    tokens, mass = batch.mask_BT.sum().item(), adv_BT.abs().sum(dtype=torch.float64).item()
    found = {}
    if tokens:
        found["credit/planning_ratio"] = planning_BT.sum().item() / tokens
    if mass:
        on_planning = torch.where(planning_BT, adv_BT.abs(), 0.0).sum(dtype=torch.float64)
        found["credit/share/planning"] = on_planning.item() / mass
    return found


def within_row_var(signal_BT: Tensor, chosen_BT: Tensor) -> float:
    """Variance around each completion's own mean, averaged over the chosen tokens; 0 if none.

    Within completions, because that is what SEPA scales by exactly (1 - lambda)^2.
    """
    spread, count = within_row_spread(signal_BT, chosen_BT)
    return (spread / count.clamp(min=1)).item()


def within_row_spread(signal_BT: Tensor, chosen_BT: Tensor) -> tuple[Tensor, Tensor]:
    """Two totals over the chosen tokens: squared distance to their completion's mean, and count."""
    count_B1 = chosen_BT.sum(1, keepdim=True)
    spread_B1 = masked_var(signal_BT, chosen_BT).double() * count_B1
    return spread_B1.sum(), count_B1.sum()


def exec_variance_name(signal_key: str) -> str:
    """The metric that the adaptive schedule watches."""
    return f"credit/{signal_key.removesuffix('_BT')}/exec_var"


def signal_metrics(signal_key: str, batch: CreditBatch, suffix: str = "") -> Metrics:
    """Mean and within-completion variance of the signal on execution and planning tokens."""
    name, signal_BT = signal_key.removesuffix("_BT"), batch.signals[signal_key]
    parts = {"all": batch.mask_BT}
    if PLANNING in batch.signals:
        planning_BT = batch.planning_BT
        parts = {"exec": batch.mask_BT & ~planning_BT, "plan": planning_BT}
    found = {}
    for part, chosen_BT in parts.items():
        count = chosen_BT.sum().item()
        if count:
            mass = torch.where(chosen_BT, signal_BT, 0.0).sum(dtype=torch.float64)
            found[f"credit/{name}/{part}_mean{suffix}"] = mass.item() / count
            found[f"credit/{name}/{part}_var{suffix}"] = within_row_var(signal_BT, chosen_BT)
    return found


def weight_metrics(weight_BT: Tensor, mask_BT: Tensor) -> Metrics:
    """Range and mean of the token weights, and their cosine to uniform weights, by completion."""
    if not mask_BT.any():
        return {}
    weights = widen(weight_BT)[mask_BT]
    rows_B = mask_BT.any(1)
    mean_B1 = masked_mean(weight_BT, mask_BT)
    norm_B1 = masked_mean(weight_BT**2, mask_BT).sqrt()
    return {
        "credit/weight/min": weights.min().item(),
        "credit/weight/mean": weights.mean(dtype=torch.float64).item(),
        "credit/weight/max": weights.max().item(),
        "credit/weight/cosine": (mean_B1 / norm_B1)[rows_B].mean().item(),
    }
