"""What every chain reports: its groups, and what planning tokens carry where they are read."""

from __future__ import annotations

import torch
from torch import Tensor

from .batch import CreditBatch
from .metrics import PREFIX, Metric, Report
from .stats import group_mean

CORRECT = Metric("correct_rate", "share of rollouts with reward above 0.5", panel="sepa")
COUNT = Metric("group/count", "groups of the batch")
ALL_FAIL = Metric("group/all_fail", "share of groups without a success", panel="groups")
ALL_PASS = Metric("group/all_pass", "share of groups without a failure", panel="groups")
SINGLE = Metric("group/single", "share of groups of one rollout", panel="groups")
NONFINITE = Metric(
    "nonfinite",
    "NaN or infinite entries of signals and advantages; in verl also nonfinite/SIGNAL of each",
    merge="count",
)
RATIO = Metric("planning_ratio", "share of tokens that plan", panel="planning")
SHARE = Metric("share/planning", "share of the |advantage| on planning tokens", panel="planning")
CORE = (CORRECT, COUNT, ALL_FAIL, ALL_PASS, SINGLE, NONFINITE, RATIO, SHARE)


def group_metrics(reward_B: Tensor, group_B: Tensor) -> dict[str, float]:
    """Correct rate, number of groups, and shares of them: all wrong, all right, of one rollout."""
    if not len(reward_B):
        return {PREFIX + COUNT.name: 0.0}
    right_B = (reward_B > 0.5).double()
    passed_B, size_B = group_mean(right_B, group_B)
    weight_B = 1 / size_B.double()
    count = weight_B.sum()

    def share(chosen_B: Tensor) -> float:
        return (torch.where(chosen_B, weight_B, 0.0).sum() / count).item()

    found = {
        CORRECT: right_B.mean().item(),
        COUNT: float(count.round()),
        ALL_FAIL: share(passed_B == 0),
        ALL_PASS: share(passed_B == 1),
        SINGLE: share(size_B == 1),
    }
    return {PREFIX + metric.name: value for metric, value in found.items()}


def planning_parts(adv_BT: Tensor, block: CreditBatch) -> None:
    """Keep what planning tokens are of the tokens, and carry of the absolute advantage."""
    size_BT = adv_BT.abs()
    size_B = size_BT.sum(1)
    planned_B = size_BT.mul_(block.planning_BT).sum(1)
    lengths = (block.length_B1[:, 0], block.planning_length_B1[:, 0])
    block.report_rows(_shares, size_B, planned_B, *lengths)


def _shares(
    report: Report, size_B: Tensor, planned_B: Tensor, length_B: Tensor, planning_B: Tensor
) -> None:
    report(SHARE, planned_B.sum(), size_B.sum())
    report(RATIO, planning_B.sum(), length_B.sum())
