"""Laws of the operators that single tokens out: boost, centred HICRA, entropy mask."""

from __future__ import annotations

import torch

from .batches import ADVANTAGE, planning
from .laws import close, same_bits

GAMMA, SHARE = 0.4, 0.4


def masked(batch, name):
    return torch.where(batch.mask_BT, batch.signals[name], 0.0)


# ---- boost ------------------------------------------------------------------------------------


def boost_leaves_execution_alone(subject, batch):
    execution_BT = ~planning(batch)
    same_bits(subject(batch)[execution_BT], masked(batch, "entropy_BT")[execution_BT])


def boost_raises_planning_by_a_share_of_the_mean(subject, batch):
    before, after = masked(batch, "entropy_BT"), subject(batch)
    for row, plans in enumerate(planning(batch)):
        mean = before[row].sum() / max(1, batch.mask_BT[row].sum())
        close(after[row][plans], before[row][plans] + GAMMA * mean, 1e-4)


def boost_ignores_the_unit_of_the_signal(subject, batch):
    double = batch.with_signals({"entropy_BT": 2 * batch.signals["entropy_BT"]})
    close(subject(double), 2 * subject(batch))


BOOST_LAWS = [
    boost_leaves_execution_alone,
    boost_raises_planning_by_a_share_of_the_mean,
    boost_ignores_the_unit_of_the_signal,
]


# ---- centred HICRA ----------------------------------------------------------------------------


def a_group_keeps_its_sum(subject, batch):
    before, after = masked(batch, ADVANTAGE), subject(batch)
    for group in batch.group_B.unique():
        rows = batch.group_B == group
        close(after[rows].sum(), before[rows].sum(), 1e-4)


def planning_gains_on_execution(subject, batch):
    """Per unit of |A|, and by exactly alpha, within each group."""
    before, after = masked(batch, ADVANTAGE), subject(batch)
    gain_BT = (after - before) / before.abs()
    for group in batch.group_B.unique():
        chosen_BT = (batch.group_B == group)[:, None] & (before != 0)
        plan, execute = (gain_BT[chosen_BT & x] for x in (planning(batch), ~planning(batch)))
        if len(plan) and len(execute):
            close(plan.mean() - execute.mean(), torch.tensor(0.3), 1e-4)
        else:
            close(gain_BT[chosen_BT], torch.zeros(int(chosen_BT.sum())), 1e-4)


CENTERED_LAWS = [a_group_keeps_its_sum, planning_gains_on_execution]


# ---- entropy mask -----------------------------------------------------------------------------


def weights_of(subject, batch):
    return subject(batch.with_signals({ADVANTAGE: torch.ones_like(batch.signals[ADVANTAGE])}))


def _ranked(subject, batch):
    """Weights and entropies of each set of tokens that are ranked together."""
    weight_BT, entropy_BT = weights_of(subject, batch), batch.signals["entropy_BT"]
    if subject.numbers["scope"] == "batch":
        yield weight_BT[batch.mask_BT], entropy_BT[batch.mask_BT]
    else:
        for weight, entropy, mask in zip(weight_BT, entropy_BT, batch.mask_BT, strict=True):
            yield weight[mask], entropy[mask]


def the_mask_keeps_its_share(subject, batch):
    for weight, _ in _ranked(subject, batch):
        kept = max(1, int(SHARE * len(weight) + 1e-9)) if len(weight) else 0
        close(weight.sum(), torch.tensor(float(kept)))


def the_mask_never_keeps_everything(subject, batch):
    for weight, _ in _ranked(subject, batch):
        assert len(weight) < 2 or weight.min() < 1


def the_mask_follows_the_entropy(subject, batch):
    for weight, entropy in _ranked(subject, batch):
        order = entropy.argsort(stable=True)
        assert (weight[order].diff() >= 0).all()
        assert ((weight >= 0) & (weight <= 1)).all()


def equal_entropies_weigh_the_same(subject, batch):
    for weight, entropy in _ranked(subject, batch):
        for level in entropy.unique():
            assert weight[entropy == level].unique().numel() == 1


ENTROPY_MASK_LAWS = [
    the_mask_keeps_its_share,
    the_mask_never_keeps_everything,
    the_mask_follows_the_entropy,
    equal_entropies_weigh_the_same,
]
