"""Each operator obeys laws of its own, at its modes, orders and scopes; broken twins do not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from credit_plugins.check import laws as general

from . import laws, twins
from . import laws_family as own
from .batches import batches
from .subjects import subject, twin_of

LAM, BETA = own.LAM, own.BETA


def moving(mode="pool", scope="completion"):
    return subject("sepa", lam=LAM, mode=mode, scope=scope)


def weighing(negative):
    return subject("gtpo", beta=BETA, negative=negative)


ORDER_T = [own.order_t_is_rloo_times_the_series, laws.a_uniform_group_gets_nothing]
ORDER_T = [*ORDER_T, laws.success_is_never_below_failure]
KEPT = [own.planning_is_kept, own.the_mean_in_scope_is_kept, own.the_variance_in_scope_is_scaled]
PAPER = [own.each_side_is_standardised, own.the_incoming_advantage_is_not_read]
INVERSE = [own.inverse_weights_fall_with_the_signal, own.inverse_and_same_weights_average_to_one]
POSITIVE = [own.positive_advantages_are_weighed_as_by_default, *laws.TOKEN_LAWS]

# Member -> (subject, laws of its own).
MEMBERS = {
    **{name: (subject(name), laws.SPECIAL[name]) for name in ("grpo", "dr_grpo", "rloo", "maxrl")},
    "gtpo": (weighing("same"), [*laws.GTPO_LAWS, *laws.TOKEN_LAWS]),
    "hicra": (subject("hicra", alpha=0.3), [*laws.SPECIAL["hicra"], *laws.TOKEN_LAWS]),
    "entropy_mask": (subject("entropy_mask", share=0.4), laws.TOKEN_LAWS),
    "sepa": (moving(), laws.SEPA_LAWS),
    "opo": (
        subject("opo"),
        [own.opo_keeps_the_length_weighted_sum, own.success_is_above_failure],
    ),
    "reinforce_pp_baseline": (
        subject("reinforce_pp_baseline"),
        [own.the_tokens_of_the_batch_are_whitened, own.success_is_above_failure],
    ),
    "maxrl n": (
        subject("maxrl", order="n"),
        [own.all_fail_groups_are_pushed_down_at_order_n, laws.success_is_never_below_failure],
    ),
    **{f"maxrl {t}": (subject("maxrl", order=t), ORDER_T) for t in (1, 2, 3, 64)},
    "gtpo inverse": (weighing("inverse"), [*INVERSE, *POSITIVE]),
    "gtpo off": (
        weighing("off"),
        [own.off_leaves_negative_advantages_alone, *POSITIVE],
    ),
    "gtpo_paper": (
        subject("gtpo_paper", a1=0.6, a2=0.4),
        [*PAPER, own.columns_are_conserved],
    ),
    "grpo_s": (
        subject("grpo_s", b1=0.6, b2=0.4),
        [*PAPER, own.rollouts_are_conserved],
    ),
    "sepa one_sided": (
        moving("one_sided"),
        [own.planning_is_kept, own.one_sided_lowers, laws.sepa_keeps_the_order],
    ),
    "sepa amplify": (moving("amplify"), [*KEPT, laws.sepa_keeps_the_order]),
    "sepa amplify_clamped": (
        moving("amplify_clamped"),
        [own.planning_is_kept, own.clamped_is_amplified, laws.sepa_keeps_the_order],
    ),
    "sepa group": (moving(scope="group"), KEPT),
    "sepa batch": (moving(scope="batch"), KEPT),
}
PAIRS = [
    pytest.param(member, law, id=f"{name}-{law.__name__}")
    for name, (member, special) in MEMBERS.items()
    for law in special
]
TWINS = [
    pytest.param(member, twin, law, id=f"{member}-{i}-{law.__name__}")
    for member, rows in twins.TWINS.items()
    for i, (twin, law) in enumerate(rows)
]


@pytest.mark.parametrize(("member", "law"), PAIRS)
def test_member_obeys(member, law):
    @settings(max_examples=20, deadline=None)
    @given(batches())
    def check(batch):
        law(member, batch)

    check()


def goes_red(law, member):
    @settings(
        max_examples=200,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(batches())
    def check(batch):
        law(member, batch)

    try:
        check()
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize(("member", "function", "law"), TWINS)
def test_twin_turns_its_law_red(member, function, law):
    right, special = MEMBERS[member]
    assert law in special or law in general.LAWS
    assert goes_red(law, twin_of(right, function))
