"""Formulas with numbers come out as the operator's own result; sentences say what is so."""

from __future__ import annotations

import itertools

import pytest
import torch

from credit_plugins.registry import own
from recipes.explain import explain
from recipes.explain.words import WORKED, formula, number, of_all, of_signal, of_token, worked

from .groups import BY_HAND

REWARDS = [list(map(float, r)) for n in (2, 3, 4) for r in itertools.product((0, 1), repeat=n)]
FORMS = [(name, {}) for name in WORKED] + [("maxrl", {"order": "n"}), ("grpo", {"std": False})]


def said(sentences):
    return " ".join(sentences)


@pytest.mark.parametrize(("name", "numbers"), FORMS)
def test_a_worked_formula_gives_the_operators_advantage(name, numbers):
    operator, seen = own()[name], 0
    numbers = operator.defaults | numbers
    for rewards in REWARDS:
        adv_B = operator(torch.tensor(rewards), torch.zeros(len(rewards)).long(), **numbers)
        for reward, term in worked(name, numbers, rewards).items():
            assert eval(term) == pytest.approx(adv_B[rewards.index(reward)].item(), rel=2e-3)
            seen += 1
    assert seen > 20


def test_where_no_formula_is_worked_the_operator_itself_is_shown():
    assert worked("maxrl", {"order": 3}, [1.0, 0.0]) == {}
    assert worked("maxrl", {"order": "n-1"}, [1.0, 1.0]) == {}
    assert worked("opo", {}, [1.0, 0.0]) == {}


@pytest.mark.parametrize("name", own())
def test_every_operator_has_a_formula(name):
    operator = own()[name]
    text = formula(operator, operator.declared)
    assert "=" in text or "sepa" in name
    assert "``" not in text
    assert len(text) < 900


def test_of_choices_the_chosen_one_is_shown():
    sepa = own()["sepa"]
    shown = formula(sepa, sepa.defaults | {"mode": "one_sided"})
    assert shown.endswith("\n- one_sided: S_t - lam * max(S_t - mu, 0)")
    assert "amplify" not in shown
    assert '- order "n": the same' in formula(own()["maxrl"], {"order": "n"})
    assert '"n-1"' not in formula(own()["maxrl"], {"order": "n"})


def effects(operators="maxrl_gtpo_sepa_hicra", **credit):
    told = explain(operators, BY_HAND, {"gtpo": {"beta": 0.5}} | credit)
    return {one.ran.name: one for one in told.effects}


def test_what_pooling_keeps_and_what_one_sided_does_not():
    # By hand: of nine tokens two plan; 1, 3 and 1, 3 become 2, and 2, 0, 0 stay.
    text = said(of_signal(effects()["sepa"]))
    assert "changes the signal of 0 of 2 planning tokens and of 4 of 7 execution tokens" in text
    assert "Every rollout keeps its mean signal" in text
    text = said(of_signal(effects(sepa={"mode": "one_sided"})["sepa"]))
    assert "of 2 of 7 execution tokens" in text
    # The 3 of rollout 1 becomes 2: mean 2 -> 1.5; in rollout 0: 2.5 -> 2.25.
    assert "most in rollout 1: 2 -> 1.5 nats" in text


def test_what_is_conserved_and_what_is_not():
    gtpo = effects()["gtpo"]
    # |change| is 3 * (.1 + .3 + .1 + .1) of |A| = 4 * 3 + 5.
    assert gtpo.moved == pytest.approx(1.8 / 17, abs=1e-4)
    assert gtpo.totals == pytest.approx((7, 7), abs=1e-4)
    text = said(of_token(gtpo))
    assert "gtpo moves 10.6% of the credit" in text
    assert "Every rollout keeps its sum, and the group's stays 7" in text
    assert "Planning tokens carry 38.8% of the credit; before, 35.3%." in text
    assert "mean weight is 1.1 where the advantage is positive." in text
    # HICRA adds .2 * 3 * (1.3 + .9).
    text = said(of_token(effects()["hicra"]))
    assert "The group's sum goes from 7 to 8.32, so it is not conserved." in text
    centred = {"hicra": {"centered": True}}
    text = said(of_token(effects("maxrl_hicra", **centred)["hicra"]))
    assert "The group keeps its sum, 7; single rollouts do not." in text


def test_a_sum_of_0_is_0_and_no_rounding():
    rows = [{"tokens": ["a", "b"], "entropies": [1, 2], "reward": r} for r in (1, 0, 0)]
    maxrl, gtpo = explain("maxrl_gtpo", rows).effects
    assert gtpo.after_N.sum() != 0
    assert maxrl.totals == gtpo.totals == (0, 0)
    assert "the group's stays 0:" in said(of_token(gtpo))


def test_what_changes_nothing_says_so():
    zero = effects(sepa={"lam": 0.0}, gtpo={"beta": 0.0})
    assert said(of_signal(zero["sepa"])) == "sepa changes no token of this group."
    assert said(of_token(zero["gtpo"])) == "gtpo changes no advantage of this group."
    all_right = [one | {"reward": 1} for one in BY_HAND]
    assert "teaches nothing" in said(of_all(explain("maxrl_gtpo", all_right)))


def test_the_whole_chain_is_compared_with_its_episode_operator():
    # (A . A') / |A| |A'| with A' = A w in the first rollout.
    weights = [0.9, 1.3, 0.9, 0.9]
    dot = 9 * sum(weights) + 5
    norms = (41 * (9 * sum(w * w for w in weights) + 5)) ** 0.5
    text = said(of_all(explain("maxrl_gtpo_sepa", BY_HAND, {"gtpo": {"beta": 0.5}})))
    assert f"cosine of {dot / norms:.4f} with those of maxrl alone" in text
    assert dot / norms < 0.99


@pytest.mark.parametrize(("value", "text"), [(1 / 3, "0.3333"), (-1e-9, "-1e-09"), (-0.0, "0")])
def test_numbers_are_short(value, text):
    assert number(value) == text
