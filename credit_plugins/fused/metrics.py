"""The metrics of ``credit_plugins.metrics`` about tokens, computed from their moments."""

from __future__ import annotations

from torch import Tensor

from .moments import Moments, Weights


def token_metrics(
    signal_key: str, moments: Moments, weights: Weights, adv: Tensor, spans: Tensor, lam: float
) -> dict[str, float]:
    """Metrics of the signal before and after pooling, of the planning tokens and of the weights.

    A variance is mean of squares less squared mean, so in float32 it is exact to about 1e-7 of the
    mean square of all tokens.
    A masked slot counts as weight 1 in minimum and maximum. This changes neither, since they
    enclose the mean weight 1, up to the 1e-8 by which GTPO guards its division.

    Args:
        signal_key: the signal's key in the batch.
        moments: those of all rows.
        weights: those of all rows.
        adv: [2,B], A on execution and on planning tokens; [1,B] where nothing marks planning.
        spans: [chunks,2], minimum and maximum of w-1.
        lam: how strongly execution tokens were pooled.
    """
    count, mass, _ = moments.sums.sum(2).tolist()
    name, variance = signal_key.removesuffix("_BT"), moments.variance()
    found = {}
    for i, part in enumerate(("exec", "plan") if len(adv) > 1 else ("all",)):
        if count[i]:
            found[f"credit/{name}/{part}_mean"] = mass[i] / count[i]
            found[f"credit/{name}/{part}_var"] = variance[i]
            found[f"credit/{name}/{part}_mean_sepa"] = mass[i] / count[i]
            found[f"credit/{name}/{part}_var_sepa"] = variance[i] * (1 if i else (1 - lam) ** 2)
    first, second = weights.moments(moments)
    if len(adv) > 1:
        found |= _planning_metrics(count, (first * adv.abs().double()).sum(1).tolist())
    return found | _weight_metrics(moments.sums[0].sum(0), first.sum(0), second.sum(0), spans)


def _planning_metrics(count: list[float], mass: list[float]) -> dict[str, float]:
    found = {}
    if sum(count):
        found["credit/planning_ratio"] = count[1] / sum(count)
    if sum(mass):
        found["credit/share/planning"] = mass[1] / sum(mass)
    return found


def _weight_metrics(
    count_B: Tensor, first_B: Tensor, second_B: Tensor, spans: Tensor
) -> dict[str, float]:
    rows_B = count_B > 0
    if not rows_B.any():
        return {}
    cosine_B = (first_B / (count_B * second_B).sqrt())[rows_B]
    return {
        "credit/weight/min": 1 + spans[:, 0].min().item(),
        "credit/weight/mean": (first_B.sum() / count_B.sum()).item(),
        "credit/weight/max": 1 + spans[:, 1].max().item(),
        "credit/weight/cosine": cosine_B.mean().item(),
    }
