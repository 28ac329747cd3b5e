"""What is explained is what the chain computes."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from credit_plugins.batch import CreditBatch
from credit_plugins.config import build_chain
from credit_plugins.operator import token_operator
from credit_plugins.options import number
from credit_plugins.presets import PRESETS
from recipes.errors import RecipeError
from recipes.explain import explain

from .groups import BY_HAND

CREDIT = {"gtpo": {"beta": 0.5}, "hicra": {"alpha": 0.5}, "sepa": {"lam": 1.0}}


@token_operator(neutral={"by": 1.0})
def scaled(adv_BT, batch, *, by: float = number(2.0, 0, 10)):
    """Scale every advantage: A by."""
    return adv_BT * by


def column(told, name):
    return told.table[name].tolist()


def test_a_group_worked_by_hand():
    told = explain("maxrl_gtpo_sepa_hicra", BY_HAND, CREDIT)
    # p = 1/4: (1 - p)/p = 3 and (0 - p)/p = -1.
    assert column(told, "advantage:maxrl") == pytest.approx([3] * 4 + [-1] * 5, abs=1e-4)
    plans = [False, True, True, False] + [False] * 5
    assert column(told, "planning") == plans
    # Execution tokens share their mean: (1 + 3)/2, (1 + 3)/2, 2, 0.
    assert column(told, "signal:sepa") == [2, 4, 2, 2, 2, 2, 2, 0, 0]
    # Mean 2.5 in the first: w = 1 + .5 (S/2.5 - 1) = .9, 1.3, .9, .9; all others 1.
    weights = [0.9, 1.3, 0.9, 0.9, 1, 1, 1, 1, 1]
    after = [a * w for a, w in zip([3] * 4 + [-1] * 5, weights, strict=True)]
    assert column(told, "advantage:gtpo") == pytest.approx(after, abs=1e-4)
    # Planning: A + .5 |A|.
    after[1:3] = [3 * 1.3 * 1.5, 3 * 0.9 * 1.5]
    assert column(told, "advantage:hicra") == pytest.approx(after, abs=1e-4)
    weights[1:3] = [1.3 * 1.5, 0.9 * 1.5]
    assert column(told, "weight") == pytest.approx(weights, abs=1e-4)


def test_the_table_has_a_row_per_token_with_what_it_is():
    table = explain("maxrl_gtpo_sepa_hicra", BY_HAND, CREDIT).table
    assert list(table.columns) == [
        *("rollout", "token", "text", "mask", "entropy", "surprisal", "planning"),
        *("advantage:maxrl", "signal:sepa", "advantage:gtpo", "advantage:hicra", "weight"),
    ]
    assert table["rollout"].tolist() == [0] * 4 + [1, 1, 2, 3, 3]
    assert table["token"].tolist() == [0, 1, 2, 3, 0, 1, 0, 0, 1]
    assert table["text"].tolist() == [t for one in BY_HAND for t in one["tokens"]]
    assert table["entropy"].tolist() == [x for one in BY_HAND for x in one["entropies"]]
    assert table["mask"].all()
    assert table["surprisal"].isna().all()


@pytest.mark.parametrize("name", sorted(set(PRESETS)))
def test_the_last_advantage_is_that_of_the_chain(name):
    credit = CREDIT | {"pkpo": {"k": 2}}
    told = explain(name, BY_HAND, credit)
    mask_BT = torch.zeros(4, 4).bool()
    entropy_BT, planning_BT = torch.full((4, 4), 7.0), torch.zeros(4, 4).bool()
    for row, one in enumerate(BY_HAND):
        mask_BT[row, : len(one["tokens"])] = True
        entropy_BT[row, : len(one["tokens"])] = torch.tensor(one["entropies"]).float()
    planning_BT[0, 1:3] = True
    reward_B = torch.tensor([float(one["reward"]) for one in BY_HAND])
    signals = {"entropy_BT": entropy_BT, "planning_BT": planning_BT}
    batch = CreditBatch(reward_B, torch.zeros(4).long(), mask_BT, signals)
    chain = build_chain(name, credit)
    wanted_BT = chain(batch, chain.init_state()).advantage_BT
    last = [c for c in told.table.columns if c.startswith("advantage:")][-1]
    np.testing.assert_allclose(told.table[last], wanted_BT[mask_BT], rtol=1e-6, atol=1e-7)


def test_rows_are_json_and_what_is_not_known_is_null():
    group = [{"text": "a b", "reward": 1}, {"text": "c", "reward": 1}]
    rows = [json.loads(json.dumps(row)) for row in explain("maxrl", group).rows()]
    assert rows[1] == {
        **{"rollout": 0, "token": 1, "text": " b", "mask": True, "entropy": None},
        **{"surprisal": None, "planning": None, "advantage:maxrl": 0.0, "weight": None},
    }
    entropies = [{"text": "a", "reward": r, "entropies": [0.3]} for r in (0, 1)]
    assert next(explain("maxrl_gtpo", entropies).rows())["entropy"] == 0.3  # not 0.30000001192


def test_an_operator_of_ones_own_runs_in_the_same_chain():
    told = explain(["maxrl", scaled], BY_HAND, {"scaled": {"by": 4}})
    assert column(told, "advantage:scaled") == pytest.approx([12] * 4 + [-4] * 5, abs=1e-3)
    assert set(column(told, "weight")) == {4.0}


@pytest.mark.parametrize(
    ("operators", "credit", "said"),
    [
        ("maxrl_gtpo", {}, r"^gtpo needs entropies, missing in the rollouts: give `entropies`"),
        ("maxrl_gtpo", {"gtpo": {"signal": "surprisal"}}, "gtpo needs surprisals, .*--model"),
        ("grpo,gigpo", {}, "gigpo needs what the environment said before each turn"),
        (
            "maxrl_hicra",
            {"planning": {"detector": "entropy_quantile"}},
            "planning.detector=entropy_quantile needs entropies",
        ),
    ],
)
def test_a_signal_that_a_group_lacks_is_named(operators, credit, said):
    with pytest.raises(RecipeError, match=said) as caught:
        explain(operators, [{"text": "a", "reward": 1}, {"text": "b", "reward": 0}], credit)
    assert "\n" not in str(caught.value)


def test_a_reward_that_the_operator_refuses_is_a_sentence():
    with pytest.raises(RecipeError, match="maxrl needs rewards of exactly 0 or 1; 1 of 2 are not"):
        explain("maxrl", [{"text": "a", "reward": 0.5}, {"text": "b", "reward": 0}])


def test_planning_is_found_in_text_whatever_the_tokens():
    pieces = ["Wai", "t", ",", " let", "\n", "m", "e", " see", ". is thi", "s right?"]
    told = explain("maxrl_hicra", [{"tokens": pieces, "reward": 1}, {"text": "no", "reward": 0}])
    assert column(told, "planning")[:10] == [True] * 7 + [False, True, True]


def test_words_that_repeat_are_one_token_to_operators_that_read_ids():
    group = [{"text": "up up", "reward": 1}, {"text": "down", "reward": 0}]
    told = explain("grpo,ktae", group, {"ktae": {"weight": 1.0}})
    bonus = told.table["advantage:ktae"] - told.table["advantage:grpo"]
    assert bonus.tolist() == pytest.approx([1, 1, -1], abs=1e-3)
