"""Everything wrong with a launch, in one list, before anything starts."""

from __future__ import annotations

import importlib.metadata

import pytest
from omegaconf import DictConfig

from recipes.errors import PreflightError
from recipes.launch import preflight
from recipes.launch.compose import compose, for_hydra


def composed(*overrides: str) -> DictConfig:
    return compose("cpu_addition", for_hydra("cpu_addition", overrides))


def test_shipped_recipe_is_accepted():
    assert preflight.problems(composed()) == []


def test_estimator_credit_and_environment_are_told_together():
    found = preflight.problems(
        composed(
            "algorithm.credit.gtpo.betta=0.1",
            "algorithm.credit.hicra.alpha=-7",
            "data.env.id=reasoning/Adition-v0",
        )
    )
    text = "\n".join(found)
    assert "betta" in text
    assert "beta" in text
    assert "-7" in text
    assert "reasoning/Addition-v0" in text


def test_unknown_estimator_names_the_nearest():
    (problem,) = preflight.problems(composed("algorithm.adv_estimator=maxrl_gtpo_seppa"))
    assert "maxrl_gtpo_sepa" in problem


def test_verls_own_estimators_pass():
    assert preflight.problems(composed("algorithm.adv_estimator=reinforce_plus_plus")) == []


def test_environment_without_id():
    problems = preflight.problems(composed("data.env.id=null"))
    assert any("data.env.id" in problem for problem in problems)


def test_environment_with_worked_solutions_warm_starts_on_itself():
    assert preflight.problems(composed("data.env.id=reasoning/Arithmetic-v0")) == []


def test_neither_a_model_nor_a_warm_start():
    (problem,) = preflight.problems(composed("launch.warm_start=null"))
    assert "actor_rollout_ref.model.path is empty" in problem


@pytest.mark.parametrize(
    ("override", "text"),
    [("launch.warm_start.steps=0", "at least 1"), ("+launch.warm_start.stepz=3", "stepz")],
)
def test_a_wrong_input_of_the_warm_start_is_told(override, text):
    (problem,) = preflight.problems(composed(override))
    assert text in problem


def test_argument_the_environment_does_not_have():
    problems = preflight.problems(composed("+data.env.kwargs.digit=[1]"))
    assert any("data.env.kwargs" in problem for problem in problems)


def test_refused_by_the_verl_adapter():
    problems = preflight.problems(composed("actor_rollout_ref.rollout.n=1"))
    assert any("rollout.n" in problem for problem in problems)


@pytest.mark.parametrize("package", ["verl", "vllm"])
def test_missing_package_says_what_to_install(monkeypatch, package):
    monkeypatch.setattr(preflight, "_installed", lambda name: name != package)
    (problem,) = preflight.problems(composed())
    assert package in problem
    assert "pip install -e '.[gpu]'" in problem
    assert "make setup" in problem


def test_another_release_of_verl_is_refused(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.8.0")
    (problem,) = preflight.problems(composed())
    assert "0.8.0" in problem
    assert "0.9.1" in problem


def test_check_hands_on_warnings():
    (warning,) = preflight.check(composed("actor_rollout_ref.actor.loss_agg_mode=token-mean"))
    assert "seq-mean-token-sum-norm" in warning


def test_check_raises_all_of_them(monkeypatch):
    monkeypatch.setattr(preflight, "problems", lambda config: ["one", "two"])
    with pytest.raises(PreflightError) as caught:
        preflight.check(composed())
    assert caught.value.problems == ["one", "two"]
