"""`verl-credit list`: a screen for a person, everything with --all, JSON for programs."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner
from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY

import envs
from credit_plugins.presets import VERLS_OWN, estimator_names
from credit_plugins.registry import own
from credit_plugins.verl_adapter.estimators import VerlEstimator
from recipes.catalog import recipe_names
from recipes.cli import app

OPERATORS = [*own()]


def printed(*arguments: str, columns: int = 80) -> str:
    result = CliRunner().invoke(app, ["list", *arguments], env={"COLUMNS": str(columns)})
    assert result.exit_code == 0, result.output
    return result.output


def test_it_fits_a_screen_and_names_everything():
    lines = printed().splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    first_words = [line.split()[0] for line in lines]
    assert set(first_words) >= {*recipe_names(), *OPERATORS}
    text = " ".join(" ".join(lines).split())
    assert "algorithm.adv_estimator=EPISODE[_gtpo[_sepa]][_hicra]" in text
    for env_id in envs.env_ids():
        assert env_id.removeprefix("reasoning/").removesuffix("-v0") in text


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_has_a_line_that_is_not_cut(name):
    (line,) = (line for line in printed().splitlines() if line.split()[0] == name)
    assert len(line.split()) > 4
    assert not line.endswith("...")


def test_what_verl_registers_itself_is_marked():
    registered = {name for name in estimator_names() if name in ADV_ESTIMATOR_REGISTRY}
    foreign = {n for n in registered if not isinstance(ADV_ESTIMATOR_REGISTRY[n], VerlEstimator)}
    assert foreign == set(VERLS_OWN)
    starred = {line.split()[0] for line in printed().splitlines() if line.split()[1] == "*"}
    assert starred == set(VERLS_OWN)
    assert "* verl's own" in printed()
    marked = {line.split()[0] for line in printed("--all").splitlines() if "verl's own" in line}
    assert marked == set(VERLS_OWN)


def test_operators_that_no_name_has_are_marked_too():
    plus = {line.split()[0] for line in printed().splitlines() if line.split()[1] == "+"}
    assert plus == set(OPERATORS) - {
        part for one in as_json()["estimators"] for part in one["operators"]
    }
    assert plus >= {"boost", "entropy_mask"}


def test_all_prints_every_name_with_its_description():
    text = printed("--all", columns=200)
    for name in (*recipe_names(), *estimator_names(), *envs.env_ids(), *OPERATORS):
        assert f"  {name} " in text
    assert "Combine given numbers with + - * /" in text
    assert "two CPU cores; the whole hybrid engine, no GPU." in text


def as_json() -> dict:
    return json.loads(printed("--json"))


def test_json_is_the_same_for_programs():
    names = as_json()
    assert [one["name"] for one in names["recipes"]] == recipe_names()
    assert [one["name"] for one in names["estimators"]] == list(estimator_names())
    assert [one["id"] for one in names["environments"]] == envs.env_ids()
    assert {one["kind"] for one in names["environments"]} == {"procedural", "dataset"}
    assert {one["name"]: one["kind"] for one in names["operators"]} == {
        **{name: operator.kind for name, operator in own().items()},
    }
    described = [one for key in ("recipes", "operators", "environments") for one in names[key]]
    assert all(one["description"] for one in described)
