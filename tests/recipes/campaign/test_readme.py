"""The page of campaigns: its example and the project's own plans are plans that can be run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from recipes.campaign.configurations import Configurations
from recipes.campaign.plan import read
from recipes.campaign.run import refused
from recipes.catalog import recipe_names

FOLDER = Path(__file__).parents[3] / "recipes" / "campaign"
README = (FOLDER / "README.md").read_text()
PLANS = sorted((FOLDER / "plans").glob("*.yaml"))


@pytest.fixture
def example(tmp_path) -> Path:
    (text,) = re.findall(r"<!-- example -->\n```yaml\n(.*?)```", README, re.DOTALL)
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    return file


def test_there_are_plans():
    assert [file.stem for file in PLANS] == ["composition", "maze", "surprisal"]


@pytest.mark.slow
@pytest.mark.parametrize("file", PLANS, ids=lambda file: file.stem)
def test_the_projects_plans_can_be_run(file):
    plan = read(file)
    if plan.recipe not in recipe_names():
        pytest.skip(f"the recipe {plan.recipe} is not here")
    assert refused(plan) == []


@pytest.mark.slow
def test_the_example_can_be_run(example):
    assert refused(read(example)) == []


def test_surprisals_entropy_arm_is_that_of_composition():
    """So that its runs are taken over."""
    composition, surprisal = (
        Configurations(read(FOLDER / "plans" / f"{name}.yaml"))
        for name in ("composition", "surprisal")
    )
    assert composition.hash("maxrl_gtpo", 3) == surprisal.hash("entropy", 3)
    assert composition.hash("maxrl_gtpo", 3) != surprisal.hash("entropy", 4)
    assert composition.hash("maxrl_gtpo", 3) != surprisal.hash("surprisal", 3)


def test_what_the_page_says_of_old_numbers():
    from recipes.campaign.power import two_proportion_n

    assert f"{two_proportion_n(0.47, 0.472):,}" in README
    assert f"{two_proportion_n(12 / 2560, 17 / 2560):,}" in README
