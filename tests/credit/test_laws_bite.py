"""An operator that breaks a law is found, under the name of that law."""

from __future__ import annotations

import pytest
import torch

from credit_plugins.batch import ENTROPY, IDS, PLANNING
from credit_plugins.check import check
from credit_plugins.errors import CreditConfigError
from credit_plugins.metrics import Metric
from credit_plugins.operator import episode_operator, signal_operator, token_operator
from credit_plugins.options import number
from credit_plugins.registry import own
from credit_plugins.stats import group_mean

NOT_DECLARED = Metric("mine", "not among its metrics")


@token_operator()
def shape(adv_BT, batch):
    return adv_BT.sum(1)


@token_operator()
def masked_is_zero(adv_BT, batch):
    return adv_BT + 1


@token_operator(reads=IDS)
def masked_content(adv_BT, batch):
    return adv_BT * batch.signal(IDS).sum(1, keepdim=True)


@episode_operator()
def permutation(reward_B, group_B):
    """Takes the first half of the rows for one group."""
    return reward_B - reward_B[: max(1, len(reward_B) // 2)].mean()


@token_operator(reads=ENTROPY)
def padding(adv_BT, batch):
    return adv_BT * batch.signal(ENTROPY).mean(1, keepdim=True)


@token_operator(reads=ENTROPY)
def scope(adv_BT, batch):
    """Declares the completion and reads the batch."""
    return adv_BT * batch.signal(ENTROPY).sum()


@episode_operator()
def group_scope(reward_B, group_B):
    return reward_B - reward_B.mean()


@episode_operator()
def labels(reward_B, group_B):
    return reward_B * (1 + (group_B > 3))


@episode_operator()
def finite(reward_B, group_B):
    return reward_B / group_mean(reward_B, group_B)[0]


@token_operator()
def untouched(adv_BT, batch):
    return adv_BT.mul_(0.5)


@signal_operator()
def untouched_signal(signal_BT, batch):
    return signal_BT.clamp_(max=1.0)


@token_operator()
def precision(adv_BT, batch):
    return adv_BT.float()


@token_operator()
def low_precision(adv_BT, batch):
    third_BT = adv_BT / 3
    return third_BT.half().float() if adv_BT.dtype == torch.float32 else third_BT


@token_operator(reads=PLANNING, neutral={"alpha": 0.0})
def neutral(adv_BT, batch, *, alpha: float = number(0.2, 0, 1)):
    return adv_BT + (alpha + 0.1) * adv_BT.abs() * batch.planning_BT


@token_operator()
def metrics(adv_BT, batch):
    batch.report(NOT_DECLARED, adv_BT.sum())
    return adv_BT


@token_operator()
def raises(adv_BT, batch):
    return adv_BT[0, 99]


@token_operator(reads="nobody_BT")
def missing(adv_BT, batch):
    return adv_BT * batch.signal("nobody_BT")


BROKEN = {
    "shape": shape,
    "masked_is_zero": masked_is_zero,
    "masked_content": masked_content,
    "permutation": permutation,
    "padding": padding,
    "scope": scope,
    "labels": labels,
    "finite": finite,
    "untouched": untouched,
    "precision": precision,
    "neutral": neutral,
    "metrics": metrics,
    "raises": raises,
}


@pytest.mark.parametrize("law", BROKEN)
def test_what_breaks_a_law_is_found(law):
    found = {finding.law: finding for finding in check(BROKEN[law])}
    assert law in found
    assert found[law].sentence


@pytest.mark.parametrize(
    ("operator", "law"),
    [
        (group_scope, "scope"),
        (untouched_signal, "untouched"),
        (low_precision, "precision"),
        (missing, "raises"),
    ],
)
def test_other_ways_to_break_them(operator, law):
    assert law in {finding.law for finding in check(operator)}


def test_an_operator_that_is_defined_within_a_function_cannot_travel():
    @token_operator()
    def inner(adv_BT, batch):
        return adv_BT

    assert [finding.law for finding in check(inner)] == ["pickles"]


def test_where_it_raises_is_told():
    (found,) = check(raises)
    assert "IndexError" in found.sentence
    assert "test_laws_bite.py, line" in found.sentence


def test_a_right_operator_has_no_finding():
    """The harness itself: a finding must mean broken."""

    @token_operator(reads=ENTROPY, neutral={"beta": 0.0})
    def mine(adv_BT, batch, *, beta: float = number(0.1, 0, 1)):
        return adv_BT * (1 + beta * batch.signal(ENTROPY))

    assert [finding.law for finding in check(mine)] == ["pickles"]
    assert check(own()["gtpo"]) == []


@pytest.mark.parametrize(
    ("declare", "sentence"),
    [
        (
            lambda: token_operator()(lambda adv_BT: adv_BT),
            r"takes \(adv_BT, batch\) and its numbers",
        ),
        (
            lambda: token_operator()(plain_default),
            r"plain_default: beta must be declared with its range",
        ),
        (lambda: token_operator(scope="row")(shape.function), "scope is 'row', must be one of"),
    ],
)
def test_a_declaration_that_is_none(declare, sentence):
    with pytest.raises(CreditConfigError, match=sentence):
        declare()


def plain_default(adv_BT, batch, *, beta=0.1):
    return adv_BT * beta
