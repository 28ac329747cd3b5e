"""Broken twins of boost, centred HICRA and entropy mask, each with the law that it breaks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch

from credit_plugins.check import laws as general
from credit_plugins.stats import group_mean
from credit_plugins.token.entropy_mask import entropy_mask
from credit_plugins.token.hicra import hicra

from . import laws
from . import laws_planning as own
from .batches import planning
from .stats import masked_mean

ALPHA, GAMMA, SHARE = 0.3, 0.4, 0.4


# ---- boost ------------------------------------------------------------------------------------


def boost_with(signal_BT, batch, mean, raised_BT):
    return torch.where(batch.mask_BT, signal_BT, 0.0) + GAMMA * mean * raised_BT * batch.mask_BT.to(
        signal_BT.dtype
    )


def row_mean(signal_BT, batch):
    return masked_mean(signal_BT, batch.mask_BT)


def boost_everywhere(signal_BT, batch):
    return boost_with(signal_BT, batch, row_mean(signal_BT, batch), batch.mask_BT)


def boost_by_the_batch_mean(signal_BT, batch):
    kept = torch.where(batch.mask_BT, signal_BT, 0.0)
    mean = kept.sum() / batch.mask_BT.sum().clamp(min=1)
    return boost_with(signal_BT, batch, mean, planning(batch))


def boost_by_the_execution_mean(signal_BT, batch):
    mean_B1 = masked_mean(signal_BT, batch.mask_BT & ~planning(batch))
    return boost_with(signal_BT, batch, mean_B1, planning(batch))


def boost_by_itself(signal_BT, batch):
    return boost_with(signal_BT, batch, signal_BT, planning(batch))


def boost_by_nats(signal_BT, batch):
    return boost_with(signal_BT, batch, 1.0, planning(batch))


def boost_over_padding(signal_BT, batch):
    mean_B1 = torch.where(batch.mask_BT, signal_BT, 0.0).mean(1, keepdim=True)
    return boost_with(signal_BT, batch, mean_B1, planning(batch))


BOOST_TWINS = [
    (boost_everywhere, own.boost_leaves_execution_alone),
    (boost_by_the_batch_mean, general.scope),
    (boost_by_the_execution_mean, own.boost_raises_planning_by_a_share_of_the_mean),
    (boost_by_itself, own.boost_raises_planning_by_a_share_of_the_mean),
    (boost_by_nats, own.boost_ignores_the_unit_of_the_signal),
    (boost_over_padding, general.padding),
]


# ---- centred HICRA ----------------------------------------------------------------------------


def hicra_minus(adv_BT, batch, share_B1):
    adv_BT = torch.where(batch.mask_BT, adv_BT, 0.0)
    return adv_BT + ALPHA * adv_BT.abs() * (planning(batch).to(adv_BT.dtype) - share_B1)


def hicra_minus_its_count(adv_BT, batch):
    """The share of planning tokens, not of the advantage that they carry."""
    return hicra_minus(adv_BT, batch, masked_mean(planning(batch).float(), batch.mask_BT))


def hicra_minus_the_batch(adv_BT, batch):
    size_BT = torch.where(batch.mask_BT, adv_BT, 0.0).abs()
    share = (size_BT * planning(batch)).sum() / size_BT.sum().clamp(min=1e-30)
    return hicra_minus(adv_BT, batch, share)


def hicra_minus_a_constant(adv_BT, batch):
    """Each token pays the same: the sum is kept, small advantages change their sign."""
    adv_BT = torch.where(batch.mask_BT, adv_BT, 0.0)
    bonus_BT = ALPHA * adv_BT.abs() * planning(batch)
    bonus_B, _ = group_mean(bonus_BT.sum(1), batch.group_B)
    tokens_B, _ = group_mean(batch.mask_BT.sum(1).to(bonus_B.dtype), batch.group_B)
    cost_B1 = (bonus_B / tokens_B.clamp(min=1e-9))[:, None]
    return torch.where(batch.mask_BT, adv_BT + bonus_BT - cost_B1, 0.0)


CENTERED_TWINS = [
    (partial(hicra, alpha=ALPHA), own.a_group_keeps_its_sum),
    (hicra_minus_its_count, own.a_group_keeps_its_sum),
    (hicra_minus_the_batch, general.scope),
    (hicra_minus_a_constant, laws.sign_is_kept),
    (partial(hicra, alpha=0.2, centered=True), own.planning_gains_on_execution),
]


# ---- entropy mask -----------------------------------------------------------------------------


def kept_where(adv_BT, batch, kept_BT):
    return torch.where(batch.mask_BT & kept_BT, adv_BT, 0.0)


def ranked(batch, junk=-torch.inf):
    return torch.where(batch.mask_BT, batch.signals["entropy_BT"], junk)


def keeping_all_ties(adv_BT, batch):
    """What codes do that keep all tokens at or above the quantile."""
    place_B1 = (SHARE * batch.mask_BT.sum(1, keepdim=True)).floor().clamp(min=1).long() - 1
    cut_B1 = ranked(batch).sort(1, descending=True).values.gather(1, place_B1)
    return kept_where(adv_BT, batch, ranked(batch) >= cut_B1)


def keeping_the_first_of_ties(adv_BT, batch):
    order_BT = ranked(batch).argsort(dim=1, descending=True, stable=True).argsort(1)
    count_B1 = (SHARE * batch.mask_BT.sum(1, keepdim=True) + 1e-6).floor().clamp(min=1)
    return kept_where(adv_BT, batch, order_BT < count_B1)


def keeping_the_lowest(adv_BT, batch):
    flipped = batch.with_signals({"entropy_BT": 12 - batch.signals["entropy_BT"]})
    return entropy_mask(adv_BT, flipped, share=SHARE)


def ranking_padding(adv_BT, batch):
    whole = replace(batch, mask_BT=torch.ones_like(batch.mask_BT))
    signals = {"entropy_BT": ranked(batch, 0.0)}
    return kept_where(entropy_mask(adv_BT, whole.with_signals(signals), share=SHARE), batch, True)


ENTROPY_MASK_TWINS = [
    (keeping_all_ties, own.the_mask_never_keeps_everything),
    (keeping_all_ties, own.the_mask_keeps_its_share),
    (keeping_the_first_of_ties, own.equal_entropies_weigh_the_same),
    (keeping_the_lowest, own.the_mask_follows_the_entropy),
    (partial(entropy_mask, share=0.6), own.the_mask_keeps_its_share),
    (ranking_padding, general.padding),
    (partial(entropy_mask, share=SHARE, scope="batch"), general.scope),
]
