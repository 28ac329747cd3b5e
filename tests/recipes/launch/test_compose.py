"""Recipes composed with verl's own configuration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser

from recipes.catalog import RECIPES_DIR, description, recipe_file, recipe_names
from recipes.errors import RecipeError, UnknownRecipeError
from recipes.launch.attempt import command
from recipes.launch.compose import (
    SEARCH_PATH,
    compose,
    for_hydra,
    hydra_quote,
    verl_config_dir,
)

RECIPE = """\
# A toy for tests.
#   how to launch it
defaults:
  - ppo_trainer
  - _self_
algorithm:
  adv_estimator: grpo
  credit: {gtpo: {beta: 0.1}}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "toy.yaml").write_text(RECIPE)
    (tmp_path / "base.yaml").write_text("defaults: [_self_]\n")
    (tmp_path / "agents.yaml").write_text("- name: x\n")
    return tmp_path


def test_recipes_are_the_yaml_files_that_can_run(folder):
    assert recipe_names(folder) == ["toy"]
    assert description("toy", folder) == "A toy for tests."


def test_unknown_recipe_names_the_nearest(folder):
    with pytest.raises(UnknownRecipeError, match=r"'toyy'. Nearest: toy\."):
        recipe_file("toyy", folder)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("./none.yaml", "There is no recipe none.yaml: no such file."),
        ("some/mine", "A recipe of your own is a file that ends in .yaml; got some/mine."),
        ("./base.yaml", "no defaults list"),
    ],
)
def test_a_path_that_is_no_recipe(tmp_path, monkeypatch, given, text):
    (tmp_path / "base.yaml").write_text("trainer: {}\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownRecipeError) as caught:
        recipe_file(given)
    assert text in str(caught.value)


def test_a_name_that_is_a_file_here_gets_a_hint(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(UnknownRecipeError, match=r"The file here is \./toy\.yaml\."):
        recipe_file("toy")


OWN = """\
defaults: [base_cpu, shared, _self_]
hydra: {searchpath: ["file://FOLDER/more"]}
data: {env: {id: reasoning/Addition-v0}}
"""


def test_a_recipe_of_ones_own_stands_on_ours_from_any_folder(tmp_path, monkeypatch):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "shared.yaml").write_text("data: {seed: 5}\n")
    (tmp_path / "mine.yaml").write_text(OWN.replace("FOLDER", str(tmp_path)))
    monkeypatch.chdir("/")
    for given in (f"{tmp_path}/mine.yaml", os.path.relpath(tmp_path / "mine.yaml")):
        config = compose(given, ["data.shuffle=false"])
        assert config.trainer.device == "cpu"  # base_cpu
        assert config.data.seed == 5  # its own search path
        assert config.trainer.v1.trainer_mode == "sync"  # verl's own


def test_all_may_lie_in_folders_with_spaces_and_commas(tmp_path, monkeypatch):
    """Of a clone with its environment in it, of a recipe, and of the recipe's own search path."""
    for name, real in (("verl, its files", verl_config_dir()), ("our files", RECIPES_DIR)):
        (tmp_path / name).symlink_to(real)
    monkeypatch.setattr(
        "recipes.launch.compose.verl_config_dir", lambda: tmp_path / "verl, its files"
    )
    monkeypatch.setattr("recipes.launch.compose.RECIPES_DIR", tmp_path / "our files")
    shared = tmp_path / "mine, shared"
    shared.mkdir()
    (shared / "batch.yaml").write_text("# @package data\ntrain_batch_size: 24\n")
    mine = tmp_path / "my own" / "mine.yaml"
    mine.parent.mkdir()
    mine.write_text(
        f"defaults: [base_cpu_addition, batch, _self_]\nhydra: {{searchpath: ['file://{shared}']}}\n"
    )
    assert compose(str(mine)).data.train_batch_size == 24
    (places,) = [part for part in command(mine, []) if part.startswith("hydra.searchpath=")]
    override = OverridesParser.create().parse_override(places)
    assert override.value() == [f"file://{shared}", *SEARCH_PATH]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("defaults: [base_cpuu]\n", "its defaults list names 'base_cpuu'"),
        ("defaults: [base_cpu\n a: 1\n", "mine"),
    ],
)
def test_a_file_that_hydra_cannot_load(tmp_path, text, told):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(RecipeError, match=told) as caught:
        compose(str(tmp_path / "mine.yaml"))
    assert "\n" not in str(caught.value)


def keys_of(file, node=None, prefix=""):
    """Dotted keys of a YAML file, sections too."""
    node = yaml.safe_load(file.read_text()) if file else node
    for key, value in node.items():
        yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from keys_of(None, value, f"{prefix}{key}.")


def test_no_recipe_sets_a_key_that_one_of_two_releases_of_verl_does_not_have():
    """Hydra would add it, and verl would not read it."""
    defaults = Path("verl", "trainer", "config", "_generated_ppo_trainer.yaml")
    found = [Path(place) / defaults for place in sys.path if (Path(place) / defaults).is_file()]
    if len(found) < 2:
        pytest.skip("`make test-extras` puts a second release of verl on the path")
    known = [set(keys_of(file)) for file in found]
    some = set.union(*known) - set.intersection(*known)
    assert some, "the releases do differ"
    for recipe in RECIPES_DIR.glob("*.yaml"):
        assert not some & set(keys_of(recipe)), recipe.name


def test_recipe_over_verls_defaults(folder):
    config = compose("toy", ["data.train_batch_size=16"], folder)
    assert config.algorithm.adv_estimator == "grpo"
    assert config.data.train_batch_size == 16
    assert config.trainer.v1.trainer_mode == "sync"  # verl's own


def test_unknown_key_names_the_nearest(folder):
    with pytest.raises(RecipeError, match=r"'data.train_batchsize'.*data.train_batch_size"):
        compose("toy", ["data.train_batchsize=16"], folder)


def test_only_a_key_that_may_be_added_gets_the_advice_to_add_it(folder):
    with pytest.raises(RecipeError, match=r"write \+trainer\.mine=") as caught:
        compose("toy", ["trainer.mine=1"], folder)
    with pytest.raises(RecipeError, match=r"'data\.env\.idd' to override\.") as caught:
        compose("cpu_addition", ["data.env.idd=x"])
    assert "To add" not in str(caught.value)


def test_unknown_credit_keys_reach_our_own_check(folder):
    items = for_hydra("toy", ["algorithm.credit.gtpo.betta=1"], folder)
    credit = compose("toy", items, folder).algorithm.credit
    assert credit.gtpo == {"beta": 0.1, "betta": 1}


@pytest.mark.parametrize("override", ["nonsense", "data.train_batch_size=[", "a=b=${"])
def test_malformed_override_is_our_error(folder, override):
    with pytest.raises(RecipeError):
        compose("toy", [override], folder)


@pytest.mark.parametrize("text", ["/a b/c,d=e", "it's", "[x]{y}"])
def test_quoted_text_survives_hydra(folder, text):
    config = compose("toy", [f"trainer.experiment_name={hydra_quote(text)}"], folder)
    assert config.trainer.experiment_name == text


def test_composing_does_not_import_verl(folder):
    program = (
        "import sys; from pathlib import Path; from recipes.launch.compose import compose;"
        f"compose('toy', [], Path({str(folder)!r})); print('verl' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert answer.stdout == "False\n", answer.stderr
