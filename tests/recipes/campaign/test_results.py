"""The project's campaigns that are in: reports are those of the tables, and README quotes them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recipes.campaign.analysis import Analysis
from recipes.campaign.reading import read
from recipes.campaign.report import write
from recipes.campaign.store import Store
from recipes.campaign.words import verdict

ROOT = Path(__file__).parents[3]
PLANS = Path("recipes/campaign/plans")


def analysis(file: Path) -> Analysis:
    found = Store(read(file), Path("outputs"))
    return Analysis(found.plan, found.tables, found.failures)


IN = [
    file.relative_to(ROOT)
    for file in sorted((ROOT / PLANS).glob("*.yaml"))
    if (found := analysis(file)).primary.complete and len(found.tables) == len(found.plan.order)
]


@pytest.mark.parametrize("file", IN, ids=lambda file: file.stem)
def test_the_report_is_that_of_the_tables(file, tmp_path, monkeypatch):
    shutil.copytree(ROOT / PLANS, tmp_path / PLANS)
    monkeypatch.chdir(tmp_path)
    committed = (file.with_suffix("") / "report.md").read_text()
    assert write(analysis(file)).with_name("report.md").read_text() == committed


@pytest.mark.parametrize("file", IN, ids=lambda file: file.stem)
def test_readme_quotes_the_answer(file):
    _, _, numbers = verdict(analysis(ROOT / file).primary).partition("(")
    assert numbers.partition(")")[0] in " ".join((ROOT / "README.md").read_text().split())
