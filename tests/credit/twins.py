"""Broken twins of operators, by member of test_laws_family.py, each with the law that it breaks."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch

from credit_plugins.check import laws as general
from credit_plugins.signal.sepa import sepa
from credit_plugins.stats import group_mean
from credit_plugins.token.grpo_s import grpo_s
from credit_plugins.token.gtpo import gtpo
from credit_plugins.token.gtpo_paper import gtpo_paper

from . import laws
from . import laws_family as own
from .batches import planning
from .stats import masked_mean
from .twins_episode import EPISODE_TWINS

LAM, BETA, ALPHA = 0.7, 0.5, 0.3  # those of the members


# ---- token ------------------------------------------------------------------------------------


def gtpo_with(mean_B1, adv_BT, batch, beta=BETA):
    weight_BT = 1 + beta * (batch.signals["entropy_BT"] / (mean_B1 + 1e-8) - 1)
    weight_BT = torch.where(mean_B1 < 1e-7, 1.0, weight_BT.clamp(min=0))
    return torch.where(batch.mask_BT, adv_BT * weight_BT, 0.0)


def mean_of(batch):
    return masked_mean(batch.signals["entropy_BT"], batch.mask_BT)


def gtpo_over_padding(adv_BT, batch):
    signal_BT = torch.where(batch.mask_BT, batch.signals["entropy_BT"], 0.0)
    return gtpo_with(signal_BT.mean(1, keepdim=True), adv_BT, batch)


def gtpo_inverted(adv_BT, batch):
    return gtpo_with(mean_of(batch), adv_BT, batch, beta=-BETA)


def gtpo_unclamped(adv_BT, batch):
    return gtpo_with(mean_of(batch), adv_BT, batch, beta=3.0).abs() * -1


def gtpo_of_absolute_signal(adv_BT, batch):
    weight_BT = 1 + BETA * (batch.signals["entropy_BT"] - mean_of(batch))
    return torch.where(batch.mask_BT, adv_BT * weight_BT.clamp(min=0), 0.0)


def hicra_by_sign(adv_BT, batch):
    return torch.where(batch.mask_BT, adv_BT + ALPHA * adv_BT * batch.planning_BT, 0.0)


def hicra_everywhere(adv_BT, batch):
    return torch.where(batch.mask_BT, adv_BT + ALPHA * adv_BT.abs(), 0.0)


def hicra_too_strong(adv_BT, batch):
    lifted = torch.where(planning(batch), adv_BT + 1.5 * adv_BT.abs(), adv_BT)
    return torch.where(batch.mask_BT, lifted, 0.0)


def hicra_beside(adv_BT, batch):
    beside_BT = planning(batch).roll(1, dims=1)
    return torch.where(batch.mask_BT, adv_BT + ALPHA * adv_BT.abs() * beside_BT, 0.0)


def hicra_constant(adv_BT, batch):
    return torch.where(planning(batch), adv_BT + ALPHA, adv_BT) * batch.mask_BT


def additive_over_the_batch(adv_BT, batch):
    return gtpo_paper(adv_BT, own_group(batch), a1=0.6, a2=0.4)


def sequence_over_the_batch(adv_BT, batch):
    return grpo_s(adv_BT, own_group(batch), b1=0.6, b2=0.4)


def own_group(batch):
    return replace(batch, group_B=torch.zeros_like(batch.group_B))


def additive_unstandardised(adv_BT, batch):
    signal_BT = torch.where(batch.mask_BT, batch.signals["entropy_BT"], 0.0)
    sign_B1 = torch.where(batch.reward_B > 0.5, 1.0, -1.0)[:, None]
    return torch.where(batch.mask_BT, sign_B1 * (0.6 + 0.4 * signal_BT), 0.0)


def additive_times_the_base(adv_BT, batch):
    return gtpo_paper(adv_BT, batch, a1=0.6, a2=0.4) * torch.where(batch.mask_BT, adv_BT, 0.0)


TOKEN_TWINS = {
    "gtpo": [
        (gtpo_over_padding, general.padding),
        (gtpo_over_padding, laws.gtpo_mean_weight_is_one),
        (gtpo_inverted, laws.gtpo_grows_with_the_signal),
        (gtpo_unclamped, laws.sign_is_kept),
        (gtpo_of_absolute_signal, laws.gtpo_ignores_the_unit_of_the_signal),
    ],
    "hicra": [
        (hicra_by_sign, laws.hicra_moves_planning_tokens_up_and_no_others),
        (hicra_everywhere, laws.hicra_moves_planning_tokens_up_and_no_others),
        (hicra_too_strong, laws.sign_is_kept),
        (hicra_beside, laws.hicra_moves_planning_tokens_up_and_no_others),
        (hicra_constant, laws.scaling_the_advantage_scales_the_answer),
    ],
    "gtpo inverse": [
        (partial(gtpo, beta=0.5), own.inverse_weights_fall_with_the_signal),
        (partial(gtpo, beta=0.5, negative="off"), own.inverse_weights_fall_with_the_signal),
        (partial(gtpo, beta=-0.5), own.positive_advantages_are_weighed_as_by_default),
        (partial(gtpo, beta=0.5), own.inverse_and_same_weights_average_to_one),
    ],
    "gtpo off": [
        (partial(gtpo, beta=0.5), own.off_leaves_negative_advantages_alone),
        (partial(gtpo, beta=0.0), own.positive_advantages_are_weighed_as_by_default),
    ],
    "gtpo_paper": [
        (additive_over_the_batch, general.scope),
        (additive_unstandardised, own.each_side_is_standardised),
        (additive_times_the_base, own.the_incoming_advantage_is_not_read),
    ],
    "grpo_s": [
        (sequence_over_the_batch, general.scope),
        (additive_unstandardised, own.each_side_is_standardised),
        (additive_times_the_base, own.the_incoming_advantage_is_not_read),
    ],
}


# ---- SEPA -------------------------------------------------------------------------------------


def pool(signal_BT, mean_B1, chosen_BT, mask_BT, lam=LAM):
    pooled_BT = torch.where(chosen_BT, lam * mean_B1 + (1 - lam) * signal_BT, signal_BT)
    return torch.where(mask_BT, pooled_BT, 0.0)


def exec_of(batch):
    return batch.mask_BT & ~planning(batch)


def sepa_on_planning(signal_BT, batch):
    chosen_BT = planning(batch)
    return pool(signal_BT, masked_mean(signal_BT, chosen_BT), chosen_BT, batch.mask_BT)


def sepa_to_the_row_mean(signal_BT, batch):
    return pool(signal_BT, masked_mean(signal_BT, batch.mask_BT), exec_of(batch), batch.mask_BT)


def sepa_amplifying(signal_BT, batch):
    chosen_BT = exec_of(batch)
    return pool(signal_BT, masked_mean(signal_BT, chosen_BT), chosen_BT, batch.mask_BT, -LAM)


def sepa_reversing(signal_BT, batch):
    chosen_BT = exec_of(batch)
    return pool(signal_BT, masked_mean(signal_BT, chosen_BT), chosen_BT, batch.mask_BT, 1.3)


def moved(lam=LAM, **numbers):
    """SEPA at other numbers than the member's."""
    return partial(sepa, lam=lam, **numbers)


def mean_of_means(signal_BT, batch):
    exec_BT = own.execution(batch)
    mean_B, _ = group_mean(masked_mean(signal_BT, exec_BT)[:, 0], batch.group_B)
    pooled_BT = 0.7 * mean_B[:, None] + 0.3 * signal_BT
    return torch.where(exec_BT, pooled_BT, torch.where(batch.mask_BT, signal_BT, 0.0))


SIGNAL_TWINS = {
    "sepa": [
        (sepa_on_planning, laws.sepa_keeps_planning_tokens),
        (sepa_to_the_row_mean, laws.sepa_keeps_the_execution_mean),
        (sepa_amplifying, laws.sepa_scales_the_execution_variance),
        (sepa_reversing, laws.sepa_keeps_the_order),
    ],
    "sepa one_sided": [
        (moved(scope="completion", mode="pool"), own.one_sided_lowers),
        (moved(scope="completion", mode="one_sided", lam=0.6), own.one_sided_lowers),
        (
            moved(mode="one_sided", scope="batch"),
            general.scope,
        ),
    ],
    "sepa amplify": [
        (moved(scope="completion", mode="pool"), own.the_variance_in_scope_is_scaled),
        (
            moved(scope="completion", mode="amplify_clamped"),
            own.the_mean_in_scope_is_kept,
        ),
    ],
    "sepa amplify_clamped": [
        (moved(scope="completion", mode="amplify"), own.clamped_is_amplified),
    ],
    "sepa group": [
        (mean_of_means, own.the_mean_in_scope_is_kept),
        (moved(mode="pool", scope="batch"), general.scope),
        (moved(mode="pool", scope="completion"), own.the_variance_in_scope_is_scaled),
    ],
    "sepa batch": [
        (moved(mode="pool", scope="group"), own.the_variance_in_scope_is_scaled),
    ],
}

TWINS = {**EPISODE_TWINS, **TOKEN_TWINS, **SIGNAL_TWINS}
