"""Laws of the members that are not their family's default: orders, modes, scopes, additive."""

from __future__ import annotations

from math import comb

import torch

from credit_plugins.token import grpo_s, gtpo_paper

from .batches import ADVANTAGE, planning
from .laws import close, episode_advantage

LAM, BETA = 0.7, 0.5  # of the members under test


def groups(batch):
    for group in batch.group_B.unique():
        yield batch.group_B == group


# ---- episode ----------------------------------------------------------------------------------


def success_is_above_failure(subject, batch):
    adv_B = episode_advantage(subject, batch)
    for rows in groups(batch):
        reward, adv = batch.reward_B[rows], adv_B[rows]
        if 0 < reward.mean() < 1:
            assert adv[reward == 1].min() > adv[reward == 0].max()


def opo_keeps_the_length_weighted_sum(subject, batch):
    adv_B, length_B = episode_advantage(subject, batch), batch.mask_BT.sum(1)
    for rows in groups(batch):
        if rows.sum() > 1:
            close((length_B * adv_B)[rows].sum(), torch.tensor(0.0))


def the_tokens_of_the_batch_are_whitened(subject, batch):
    adv_BT, tokens = subject(batch), int(batch.mask_BT.sum())
    if tokens > 1:
        values = adv_BT[batch.mask_BT].double()
        close(values.mean(), torch.tensor(0.0), 1e-4)
        assert values.var() < 1e-6 or abs(values.var() - 1) < 1e-3


def all_fail_groups_are_pushed_down_at_order_n(subject, batch):
    adv_B = episode_advantage(subject, batch)
    for rows in groups(batch):
        n, k = int(rows.sum()), int(batch.reward_B[rows].sum())
        success, failure = ((n - k) / k, -1.0) if k else (0.0, -1.0)
        expected = torch.where(batch.reward_B[rows] == 1, success, failure)
        close(adv_B[rows], expected if n > 1 and k < n else torch.zeros(n))


def order_t_is_rloo_times_the_series(subject, batch):
    order = subject.numbers["order"]
    adv_B = episode_advantage(subject, batch)
    for rows in groups(batch):
        n, k = int(rows.sum()), int(batch.reward_B[rows].sum())
        for reward, adv in zip(batch.reward_B[rows], adv_B[rows], strict=True):
            passed = k - int(reward)
            failed = n - 1 - passed
            terms = range(min(order, n))
            series = sum(comb(failed, j) / comb(n - 1, j) for j in terms)
            expected = (float(reward) - passed / (n - 1)) * series if n > 1 else 0.0
            close(adv, torch.tensor(expected))


# ---- GTPO -------------------------------------------------------------------------------------


def weights(subject, batch, sign):
    ones = torch.full_like(batch.signals[ADVANTAGE], sign)
    return subject(batch.with_signals({ADVANTAGE: ones})) * sign


def inverse_weights_fall_with_the_signal(subject, batch):
    weight_BT = weights(subject, batch, -1.0)
    for weight, signal, mask in zip(
        weight_BT, batch.signals["entropy_BT"], batch.mask_BT, strict=True
    ):
        order = signal[mask].argsort(stable=True)
        assert (weight[mask][order].diff() <= 0).all()
        if mask.any() and signal[mask].max() > signal[mask].min():
            assert weight[mask][order][0] > weight[mask][order][-1]


def inverse_and_same_weights_average_to_one(subject, batch):
    """Where neither clamp fires, w(A<0) + w(A>0) is 2 on every token."""
    negative_BT, positive_BT = (weights(subject, batch, sign) for sign in (-1.0, 1.0))
    kept_BT = batch.mask_BT & (negative_BT > 0)
    close((negative_BT + positive_BT)[kept_BT], torch.tensor(2.0).expand(int(kept_BT.sum())))


def off_leaves_negative_advantages_alone(subject, batch):
    negative_BT = -batch.signals[ADVANTAGE].abs()
    answer = subject(batch.with_signals({ADVANTAGE: negative_BT}))
    assert torch.equal(answer[batch.mask_BT], negative_BT[batch.mask_BT])


def positive_advantages_are_weighed_as_by_default(subject, batch):
    mean_B1 = (torch.where(batch.mask_BT, batch.signals["entropy_BT"], 0.0)).sum(1, True)
    mean_B1 = mean_B1 / batch.mask_BT.sum(1, keepdim=True).clamp(min=1)
    expected = 1 + BETA * (batch.signals["entropy_BT"] / (mean_B1 + 1e-8) - 1)
    expected = torch.where(mean_B1 < 1e-7, 1.0, expected)
    close(weights(subject, batch, 1.0)[batch.mask_BT], expected[batch.mask_BT])


# ---- the additive forms -----------------------------------------------------------------------


def sides(batch):
    for rows in groups(batch):
        for right in (True, False):
            yield right, rows & ((batch.reward_B > 0.5) == right)


def columns_are_conserved(subject, batch):
    """Column t adds up to d_t over the right and to -h_t over the wrong, if it has any signal."""
    shaped_BT = gtpo_paper.shaped_rewards(subject.block(batch), a1=0.6, a2=0.4)
    for right, rows in sides(batch):
        column_T = torch.where(batch.mask_BT, batch.signals["entropy_BT"], 0.0)[rows].sum(0)
        count_T = batch.mask_BT[rows].sum(0)
        share = torch.where((column_T > 0) | torch.tensor(not right), 1.0, 0.6)
        close(shaped_BT[rows].sum(0), count_T * share * (1 if right else -1))


def rollouts_are_conserved(subject, batch):
    shaped_B = grpo_s.shaped_rewards(subject.block(batch), b1=0.6, b2=0.4)
    spoken_B = batch.mask_BT.any(1)
    mass_B = torch.where(batch.mask_BT, batch.signals["entropy_BT"], 0.0).sum(1)
    for right, rows in sides(batch):
        count = (rows & spoken_B).sum()
        share = 1.0 if not right or mass_B[rows].sum() > 0 else 0.6
        close(shaped_B[rows].sum(), count * share * (1 if right else -1))


def each_side_is_standardised(subject, batch):
    """Hence the pathology: the mean of the right tokens, and of the wrong ones, is 0."""
    answer = subject(batch).double()
    for _, rows in sides(batch):
        if subject.operator.name == "grpo_s":  # one number per rollout
            values = answer[rows].abs().amax(1) * answer[rows].sum(1).sign()
            values = values[batch.mask_BT[rows].any(1)]
        else:
            values = answer[rows][batch.mask_BT[rows]]
        if len(values):
            close(values.mean(), torch.tensor(0.0), 1e-4)
            assert values.var(correction=0) < 1.0001


def the_incoming_advantage_is_not_read(subject, batch):
    other = batch.with_signals({ADVANTAGE: batch.signals[ADVANTAGE] * -3})
    assert torch.equal(subject(other), subject(batch))


# ---- SEPA -------------------------------------------------------------------------------------


def execution(batch):
    return batch.mask_BT & ~planning(batch)


def parts(subject, batch):
    """Execution tokens before and after, pooled as the scope says."""
    before_BT, after_BT = batch.signals["entropy_BT"], subject(batch)
    scope = subject.numbers["scope"]
    rows = {
        "completion": list(torch.eye(len(before_BT)).bool()),
        "group": list(groups(batch)),
        "batch": [torch.ones(len(before_BT)).bool()],
    }[scope]
    for chosen_B in rows:
        chosen_BT = execution(batch) & chosen_B[:, None]
        if chosen_BT.any():
            yield before_BT[chosen_BT], after_BT[chosen_BT]


def the_mean_in_scope_is_kept(subject, batch):
    for before, after in parts(subject, batch):
        close(after.mean(), before.mean(), 1e-4)


def the_variance_in_scope_is_scaled(subject, batch):
    factor = (1 + LAM) if subject.numbers["mode"] == "amplify" else (1 - LAM)
    for before, after in parts(subject, batch):
        close(after.var(correction=0), factor**2 * before.var(correction=0), 1e-3)


def one_sided_lowers(subject, batch):
    """What lies above the mean, and nothing else."""
    for before, after in parts(subject, batch):
        mean = before.mean()
        close(after, before - LAM * (before - mean).clamp(min=0), 1e-4)
        assert (after <= before).all()


def clamped_is_amplified(subject, batch):
    """And never negative."""
    for before, after in parts(subject, batch):
        close(after, ((1 + LAM) * before - LAM * before.mean()).clamp(min=0), 1e-4)


def planning_is_kept(subject, batch):
    planning_BT = planning(batch)
    assert torch.equal(subject(batch)[planning_BT], batch.signals["entropy_BT"][planning_BT])
