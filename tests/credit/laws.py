"""Laws of single operators, beside those of all. Each takes a subject and a batch, and asserts."""

from __future__ import annotations

from dataclasses import replace

import torch

from credit_plugins.stats import row_counts

from .batches import ADVANTAGE, planning


def close(left, right, tolerance=1e-5):
    torch.testing.assert_close(left, right, rtol=tolerance, atol=tolerance, check_dtype=False)


def same_bits(left, right):
    assert left.dtype == right.dtype
    assert torch.equal(left, right)


def episode_advantage(subject, batch):
    """The advantage of each rollout, [B]."""
    operator = subject.operator
    lengths = {"length_B": row_counts(batch.mask_BT)} if operator.wants_length else {}
    return operator(batch.reward_B, batch.group_B, **lengths, **subject.numbers)


# ---- episode operators ------------------------------------------------------------------------


def _groups(batch, subject):
    adv_B = episode_advantage(subject, batch)
    for group in batch.group_B.unique():
        rows = batch.group_B == group
        yield batch.reward_B[rows], adv_B[rows]


def a_group_sums_to_zero(subject, batch):
    for reward, adv in _groups(batch, subject):
        if len(reward) > 1:
            close(adv.sum(), torch.tensor(0.0))


def success_is_never_below_failure(subject, batch):
    for reward, adv in _groups(batch, subject):
        if 0 < reward.mean() < 1:
            assert adv[reward == 1].min() > 0 > adv[reward == 0].max()


def a_uniform_group_gets_nothing(subject, batch):
    for reward, adv in _groups(batch, subject):
        if len(reward) > 1 and reward.unique().numel() == 1:
            assert (adv == 0).all()


def shifting_a_group_changes_nothing(subject, batch):
    shifted = replace(batch, reward_B=batch.reward_B + 0.5)
    pairs = zip(_groups(batch, subject), _groups(shifted, subject), strict=True)
    for (reward, adv), (_, moved) in pairs:
        if len(reward) > 1:
            close(moved, adv)


def maxrl_weights_are_those_of_the_paper(subject, batch):
    """(N-K)/K for a success, -1 for a failure, 0 if K=0 or N=1; sum of |A| is 2(N-K)."""
    for reward, adv in _groups(batch, subject):
        n, k = len(reward), reward.sum().item()
        success, failure = ((n - k) / k, -1.0) if k and n > 1 else (0.0, 0.0)
        failure = 0.0 if k == n else failure
        close(adv, torch.where(reward == 1, success, failure))
        if k and n > 1:
            close(adv.abs().sum(), torch.tensor(2.0 * (n - k)))


EPISODE_LAWS = [
    a_group_sums_to_zero,
    success_is_never_below_failure,
    a_uniform_group_gets_nothing,
]


# ---- token operators --------------------------------------------------------------------------


def sign_is_kept(subject, batch):
    before = torch.where(batch.mask_BT, batch.signals[ADVANTAGE], 0.0)
    product = subject(batch) * before
    assert (product >= 0).all()


def scaling_the_advantage_scales_the_answer(subject, batch):
    double = batch.with_signals({ADVANTAGE: 2 * batch.signals[ADVANTAGE]})
    close(subject(double), 2 * subject(batch))


def gtpo_mean_weight_is_one(subject, batch):
    weight_BT = subject(batch.with_signals({ADVANTAGE: torch.ones_like(batch.signals[ADVANTAGE])}))
    tokens_B = batch.mask_BT.sum(1)
    close(weight_BT.sum(1), tokens_B.float(), 1e-4)


def gtpo_grows_with_the_signal(subject, batch):
    ones = torch.ones_like(batch.signals[ADVANTAGE])
    weight_BT = subject(batch.with_signals({ADVANTAGE: ones}))
    for weight, signal, mask in zip(
        weight_BT, batch.signals["entropy_BT"], batch.mask_BT, strict=True
    ):
        order = signal[mask].argsort(stable=True)
        assert (weight[mask][order].diff() >= 0).all()
        if signal[mask].numel() and signal[mask].min() < signal[mask].max():
            assert weight[mask][order][0] < weight[mask][order][-1]


def gtpo_ignores_the_unit_of_the_signal(subject, batch):
    rescaled = batch.with_signals({"entropy_BT": 3 * batch.signals["entropy_BT"]})
    close(subject(rescaled), subject(batch), 1e-4)


def hicra_moves_planning_tokens_up_and_no_others(subject, batch):
    before = torch.where(batch.mask_BT, batch.signals[ADVANTAGE], 0.0)
    answer = subject(batch)
    planning_BT = planning(batch)
    same_bits(answer[~planning_BT], before[~planning_BT])
    moved = before[planning_BT] != 0
    assert (answer[planning_BT][moved] > before[planning_BT][moved]).all()


TOKEN_LAWS = [sign_is_kept, scaling_the_advantage_scales_the_answer]
GTPO_LAWS = [
    gtpo_mean_weight_is_one,
    gtpo_grows_with_the_signal,
    gtpo_ignores_the_unit_of_the_signal,
]


# ---- SEPA (at lambda 0.7) ------------------------------------------------------


def _rows(subject, batch):
    after = subject(batch)
    exec_BT = batch.mask_BT & ~planning(batch)
    for row in range(len(after)):
        chosen = exec_BT[row]
        yield batch.signals["entropy_BT"][row][chosen], after[row][chosen]


def sepa_keeps_planning_tokens(subject, batch):
    planning_BT = planning(batch)
    same_bits(subject(batch)[planning_BT], batch.signals["entropy_BT"][planning_BT])


def sepa_keeps_the_execution_mean(subject, batch):
    for before, after in _rows(subject, batch):
        if len(before):
            close(after.mean(), before.mean(), 1e-4)


def sepa_scales_the_execution_variance(subject, batch):
    for before, after in _rows(subject, batch):
        if len(before):
            close(after.var(correction=0), (1 - 0.7) ** 2 * before.var(correction=0), 1e-4)


def sepa_keeps_the_order(subject, batch):
    for before, after in _rows(subject, batch):
        assert (after[before.argsort(stable=True)].diff() >= -1e-5).all()


SEPA_LAWS = [
    sepa_keeps_planning_tokens,
    sepa_keeps_the_execution_mean,
    sepa_scales_the_execution_variance,
    sepa_keeps_the_order,
]

SPECIAL = {
    "grpo": [*EPISODE_LAWS, shifting_a_group_changes_nothing],
    "dr_grpo": [*EPISODE_LAWS, shifting_a_group_changes_nothing],
    "rloo": [*EPISODE_LAWS, shifting_a_group_changes_nothing],
    "maxrl": [*EPISODE_LAWS, maxrl_weights_are_those_of_the_paper],
    "gtpo": GTPO_LAWS,
    "hicra": [hicra_moves_planning_tokens_up_and_no_others],
    "sepa": SEPA_LAWS,
}
