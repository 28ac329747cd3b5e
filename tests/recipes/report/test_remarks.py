"""What a report finds to be off, and what it leaves in peace."""

from __future__ import annotations

import pytest
import yaml

from recipes.report.remarks import remarks
from recipes.runs import load
from tests.recipes.report.synthetic import write_attempt

QUIET = {
    "critic/score/mean": 0.5,
    "credit/weight/cosine": 0.9,
    "credit/planning_ratio": 0.1,
    "credit/share/planning": 0.2,
    "credit/group/all_fail": 0.1,
    "credit/group/all_pass": 0.1,
    "response_length/clip_ratio": 0.01,
    "env/has_answer": 0.99,
    "env/error": 0.0,
    "training/rollout_probs_diff_mean": 1e-4,
    "actor/entropy": 0.3,
}


@pytest.fixture
def said(tmp_path):
    def read(beta=0.1, steps=10, **loud):
        names = {name.replace("__", "/"): value for name, value in loud.items()}
        lines = {step: {**QUIET, **names} for step in range(1, steps + 1)}
        write_attempt(tmp_path, 1, lines)
        config = {"algorithm": {"credit": {"gtpo": {"beta": beta}}}}
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
        return remarks(load(tmp_path))

    return read


def test_a_run_in_which_nothing_stands_out_has_no_remarks(said):
    assert said() == []


@pytest.mark.parametrize(
    ("beta", "at"), [(0.1, "at beta 0.1"), ({"end": 1}, "at its scheduled beta"), (None, "default")]
)
def test_weights_near_uniform(said, beta, at):
    (sentence,) = said(beta, credit__weight__cosine=0.996)
    assert sentence.startswith("GTPO's weights were 0.4% from uniform")
    assert at in sentence
    assert "practically uniform" in sentence


def test_planning_tokens_that_carry_no_more_than_others(said):
    (sentence,) = said(credit__share__planning=0.104)
    assert "were 10% of the tokens and carried 10% of the credit: hardly" in sentence
    assert said(credit__share__planning=0.0, credit__planning_ratio=0.0) == []  # a notice says that


def test_groups_without_contrast(said):
    (sentence,) = said(credit__group__all_fail=0.5)
    assert "60% of the groups had no contrast (none solved in 50%, all in 10%)" in sentence


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("response_length__clip_ratio", 0.2, "20% of the responses were cut off"),
        ("env__has_answer", 0.7, "30% of the responses had no answer"),
        ("env__error", 1.0, "In 10 training sessions the environment failed"),
        ("training__rollout_probs_diff_mean", 0.05, "differ by 0.050 on average"),
    ],
)
def test_other_things(said, name, value, part):
    (sentence,) = said(**{name: value})
    assert part in sentence


def test_entropy_that_is_gone(said, tmp_path):
    said()
    lines = {step: {"actor/entropy": 0.3 if step < 6 else 0.01} for step in range(1, 11)}
    write_attempt(tmp_path, 1, lines)
    (sentence,) = remarks(load(tmp_path))
    assert "Entropy fell from 0.300 to 0.010 nats" in sentence


def test_a_run_of_another_estimator_has_nothing_to_remark_on_credit(tmp_path):
    write_attempt(tmp_path, 1, {1: {"critic/score/mean": 0.5}})
    assert remarks(load(tmp_path)) == []
