"""Chains from lists, and what may change places with what (chain.py states it)."""

from __future__ import annotations

from functools import partial
from itertools import permutations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_plugins.batch import UNCERTAINTY, CreditBatch
from credit_plugins.config import build_chain, cautions, problems
from credit_plugins.errors import CreditConfigError
from credit_plugins.presets import PRESETS
from credit_plugins.registry import own
from credit_plugins.signal.boost import boost
from credit_plugins.signal.sepa import sepa
from credit_plugins.token.entropy_mask import entropy_mask
from credit_plugins.token.gtpo import gtpo
from credit_plugins.token.gtpo_paper import gtpo_paper
from credit_plugins.token.hicra import hicra

from .batches import ADVANTAGE, batches, clean, to_dtype
from .laws import close
from .subjects import ACTIVE_CREDIT

relaxed = settings(max_examples=40, deadline=None)


def listed(*parts, **credit):
    return build_chain("credit", {"operators": list(parts), **credit})


def run(chain, batch):
    return chain(batch, chain.init_state()).advantage_BT


def names(chain):
    return [step.operator.name for step in chain.steps]


# ---- lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_list_is_that_preset(name):
    chain, named = listed(*PRESETS[name]), build_chain(name)
    assert chain.name == name
    assert names(chain) == names(named) == list(PRESETS[name])
    assert chain.reads == named.reads


def test_operators_run_in_the_order_that_is_written():
    parts = ["rloo", "boost", "entropy_mask", "sepa", "gtpo", "hicra"]
    with pytest.warns(UserWarning, match="entropy_mask runs before sepa"):
        chain = listed(*parts)
    assert names(chain) == parts
    assert chain.name == "credit:rloo+boost+entropy_mask+sepa+gtpo+hicra"


@relaxed
@given(batches())
def test_another_order_is_another_chain(batch):
    """GTPO before SEPA is GTPO without SEPA."""
    with pytest.warns(UserWarning, match="gtpo runs before sepa, so it reads the signal as it was"):
        late = listed("maxrl", "gtpo", "sepa", **ACTIVE_CREDIT)
    plain = build_chain("maxrl_gtpo", ACTIVE_CREDIT)
    assert torch.equal(run(late, batch), run(plain, batch))


def test_an_edit_may_stand_before_the_operator_that_reads_rewards():
    assert names(listed("sepa", "maxrl", "gtpo")) == ["sepa", "maxrl", "gtpo"]


@relaxed
@given(
    batches(),
    st.sampled_from([*own("episode")]),
    st.lists(st.sampled_from([*own("signal"), *own("token")]), unique=True),
)
def test_any_list_runs_or_says_why_not(batch, episode, parts):
    parts = [episode, *parts]
    found = problems("credit", {"operators": parts})
    operators = [own()[part] for part in parts if part in own("token")]
    read = {key for one in operators for key in one.reads(one.defaults)} & {*UNCERTAINTY}
    edits, replacing = {"sepa", "boost"} & {*parts}, {"gtpo_paper", "grpo_s"} <= {*parts}
    assert bool(found) == bool(replacing or (edits and not read) or len(read) > 1)
    if not found and not cautions("credit", {"operators": parts}):
        answer = run(listed(*parts), batch)
        assert torch.isfinite(answer).all()
        assert (answer[~batch.mask_BT] == 0).all()


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (["gtpo"], "needs exactly one episode operator"),
        (["maxrl", "grpo"], "it has maxrl, grpo"),
        (["maxrl", "gtop"], "unknown operator 'gtop'; did you mean 'gtpo'"),
        (["maxrl", "gtpo", "gtpo"], "lists gtpo more than once"),
        (["gtpo", "maxrl"], "gtpo runs before maxrl, which gives the advantage that it changes"),
        (["maxrl", "nowhere.ops:mine"], "no module named 'nowhere'"),
        (["maxrl", "json:loads"], "operator json:loads is function, must be a function under"),
        (["maxrl", "json:nothing"], "operator json:nothing cannot be loaded: AttributeError"),
        (["maxrl", "sepa"], "nothing reads the signal that sepa would edit"),
        (["maxrl", "gtpo_paper", "grpo_s"], "gtpo_paper and grpo_s replace each other"),
        ([], "must be a non-empty list of operators"),
        ("maxrl", "must be a non-empty list of operators"),
        ([3], "unknown operator 3"),
    ],
)
def test_lists_that_are_no_estimator(parts, sentence):
    with pytest.raises(CreditConfigError) as caught:
        build_chain("credit", {"operators": parts})
    assert sentence in str(caught.value)
    assert "algorithm.credit.operators" in str(caught.value)


def test_a_list_beside_another_name_is_refused():
    (problem,) = problems("maxrl", {"operators": ["grpo", "gtpo"]})
    assert problem.startswith(
        "algorithm.credit.operators is read only if algorithm.adv_estimator is"
    )
    assert problems("maxrl", {"operators": None}) == []


def test_one_estimator_has_one_signal():
    credit = {"operators": ["maxrl", "gtpo", "entropy_mask"], "gtpo": {"signal": "surprisal"}}
    (problem,) = problems("credit", credit)
    assert "gtpo reads surprisal_BT, entropy_mask reads entropy_BT" in problem


@pytest.mark.parametrize("order", ["n-1", "n", 1, 16])
def test_orders_from_yaml(order):
    yaml = pytest.importorskip("yaml")
    credit = yaml.safe_load(f"{{maxrl: {{order: {order}}}, operators: [maxrl, gtpo]}}")
    assert build_chain("credit", credit).name == "maxrl_gtpo"
    assert credit["maxrl"]["order"] == order


@pytest.mark.parametrize("order", [0, -1, True, 1.5, "n+1", "1", None])
def test_orders_that_do_not_exist(order):
    (problem,) = problems("maxrl", {"maxrl": {"order": order}})
    assert "must be 'n-1', 'n' or an integer of at least 1" in problem


# ---- cautions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["gtpo_paper", "grpo_s"])
def test_additive_forms_warn_beside_maxrl_and_only_there(form):
    with pytest.warns(UserWarning, match=f"{form} replaces the advantage of maxrl"):
        listed("maxrl", form)
    assert cautions("credit", {"operators": ["grpo", form]}) == []
    assert cautions(form) == []


def test_shares_that_do_not_conserve_warn_where_they_are_used():
    with pytest.warns(UserWarning, match=r"gtpo_paper: a1 \+ a2 is 1 \+ 0\.1; the shaped rewards"):
        build_chain("gtpo_paper", {"gtpo_paper": {"a1": 1.0}})
    assert cautions("maxrl", {"gtpo_paper": {"a1": 1.0}}) == []
    assert len(cautions("grpo_s", {"grpo_s": {"b2": 0.2}})) == 1
    assert cautions("grpo_s", {"grpo_s": {"b1": 0.3, "b2": 0.7}}) == []


def test_what_is_lost_is_said():
    """An advantage that a later operator replaces."""
    with pytest.warns(UserWarning, match="gtpo_paper runs after gtpo and replaces its advantage"):
        listed("grpo", "gtpo", "gtpo_paper")


@relaxed
@given(batches())
def test_the_additive_forms_do_not_read_the_episode_operator(batch):
    with pytest.warns(UserWarning, match="gtpo_paper replaces"):
        beside_maxrl = listed("maxrl", "gtpo_paper")
    assert torch.equal(run(beside_maxrl, batch), run(build_chain("gtpo_paper"), batch))


# ---- what commutes ----------------------------------------------------------------------------

WEIGHING = {
    "gtpo": partial(gtpo, beta=0.5),
    "gtpo off": partial(gtpo, beta=0.5, negative="off"),
    "gtpo inverse": partial(gtpo, beta=0.5, negative="inverse"),
    "entropy_mask": partial(entropy_mask, share=0.4),
    "hicra": partial(hicra, alpha=0.3),
}


@pytest.mark.parametrize(("first", "second"), permutations(WEIGHING, 2))
def test_token_operators_commute(first, second):
    @settings(max_examples=15, deadline=None)
    @given(batches())
    def check(batch):
        batch = to_dtype(clean(batch), torch.float64)
        adv_BT = torch.where(batch.mask_BT, batch.signals[ADVANTAGE], 0.0)
        one, two = WEIGHING[first], WEIGHING[second]
        close(one(two(adv_BT, batch), batch), two(one(adv_BT, batch), batch), 1e-12)

    check()


@pytest.mark.parametrize("mode", ["pool", "amplify"])
def test_boost_commutes_with_edits_that_keep_the_mean(mode):
    @settings(max_examples=30, deadline=None)
    @given(batches())
    def check(batch):
        batch = to_dtype(clean(batch), torch.float64)
        signal_BT, move, lift = (
            batch.signals["entropy_BT"],
            partial(sepa, lam=0.7, mode=mode),
            boost,
        )
        close(lift(move(signal_BT, batch), batch), move(lift(signal_BT, batch), batch), 1e-9)

    check()


def differ(left, right):
    """Whether two ways differ on a batch of two rollouts."""
    signals = {
        "entropy_BT": torch.tensor([[1.0, 2.0, 4.0, 5.0], [2.0, 1.0, 8.0, 1.0]]).double(),
        "planning_BT": torch.tensor([[False, True, False, True], [False, False, True, False]]),
    }
    everything = torch.ones(2, 4, dtype=torch.bool)
    reward_B = torch.ones(2).double()  # a lone right rollout would be 0 in the additive form
    batch = CreditBatch(reward_B, torch.zeros(2).long(), everything, signals)
    adv_BT = torch.tensor([[1.0], [-1.0]]).double().expand(2, 4)
    return (left(adv_BT, batch) - right(adv_BT, batch)).abs().max() > 1e-3


def test_what_does_not_commute():
    weigh, paper = partial(gtpo, beta=0.5), partial(gtpo_paper, a1=0.5, a2=0.5)
    lift, centred = partial(hicra, alpha=0.5), partial(hicra, alpha=0.5, centered=True)
    pool, one_sided = partial(sepa, lam=1.0), partial(sepa, lam=1.0, mode="one_sided")

    def edited(edit, batch):
        return batch.with_signals({"entropy_BT": edit(batch.signals["entropy_BT"], batch)})

    # SEPA before GTPO or not at all
    assert differ(weigh, lambda a, b: weigh(a, edited(pool, b)))
    # what replaces the advantage, before or after
    assert differ(lambda a, b: lift(paper(a, b), b), lambda a, b: paper(lift(a, b), b))
    # centred HICRA reads how much planning carries
    assert differ(lambda a, b: centred(weigh(a, b), b), lambda a, b: weigh(centred(a, b), b))
    # one-sided pooling lowers the mean that boost reads
    assert differ(
        lambda a, b: edited(boost, edited(one_sided, b)).signals["entropy_BT"],
        lambda a, b: edited(one_sided, edited(boost, b)).signals["entropy_BT"],
    )
    # and the harness can tell equal from different
    assert not differ(lambda a, b: lift(weigh(a, b), b), lambda a, b: weigh(lift(a, b), b))
