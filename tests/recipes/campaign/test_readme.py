"""The page of campaigns: its example and the project's own plans are plans that can be run."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recipes.campaign.configurations import Configurations
from recipes.campaign.reading import read
from recipes.catalog import recipe_names
from recipes.cli import app

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
    Configurations(plan).check()


@pytest.mark.slow
def test_the_example_can_be_run(example):
    Configurations(read(example)).check()


BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
CLUSTER = next(block for block in BLOCKS if block.startswith("ray "))  # an end-to-end test
LINES = [
    line.partition("   ")[0].strip()
    for block in BLOCKS
    if block is not CLUSTER
    for line in block.splitlines()
]


@pytest.mark.slow
@pytest.mark.parametrize("line", [line for line in LINES if " run " not in line])
def test_a_command_line_does_what_it_says(tmp_path, monkeypatch, line):
    """All but ``run``, which test_run.py does around a stand-in."""
    plans = tmp_path / "recipes" / "campaign" / "plans"
    plans.mkdir(parents=True)
    for file in PLANS:
        shutil.copy(file, plans)
    shutil.copy(plans / "composition.yaml", tmp_path / "PLAN.yaml")
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(line)
    result = CliRunner().invoke(app, arguments)
    assert program == "verl-credit"
    assert result.exit_code == 0, result.output


def test_the_page_shows_every_command():
    words = [line.split()[2] for line in LINES]
    assert words == ["plan", "run", "status", "report", "power"]


@pytest.mark.slow
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
