"""`verl-credit campaign` as a user types it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from typer.testing import CliRunner

from recipes.campaign import run as running
from recipes.campaign.configurations import Configurations
from recipes.campaign.overview import status
from recipes.campaign.reading import read
from recipes.campaign.simulate import World
from recipes.campaign.store import Store
from recipes.campaign.table import write
from recipes.cli import app

from .toy import PLAN, plan_of, tables_of

WORLD = World(1.0, steps=(0, 2, 4), problems=20, samples=4)


def invoke(*arguments: str):
    return CliRunner().invoke(app, ["campaign", *arguments], env={"COLUMNS": "200"})


@pytest.fixture
def half(tmp_path, monkeypatch):
    """A campaign of which three seeds are in."""
    monkeypatch.chdir(tmp_path)
    plan = plan_of(tmp_path)
    for (_, seed), table in tables_of(plan, WORLD).items():
        if seed <= 3:
            write(table, plan.folder)
    (plan.folder / "results" / "sharp.seed4.failed").write_text("exit status 1: no memory\n")
    return plan


def test_status_shows_what_is_in_and_what_is_not(half):
    result = invoke("status", "toy.yaml")
    assert result.exit_code == 0, result.output
    title, seeds, *rows = result.output.splitlines()[:5]
    assert title.startswith(f"toy ({half.hash}): 9 of 18 runs; integrated pass@1, %")
    assert seeds.split() == ["seed", "1", "2", "3", "4", "5", "6"]
    shown = {arm: cells for arm, *cells in map(str.split, rows)}
    assert set(shown) == {"plain", "sharp", "again"}
    assert shown["sharp"][3:] == ["fail", "-", "-"]
    assert all(0 < float(cell) < 100 for cells in shown.values() for cell in cells[:3])


def test_ten_seeds_and_long_names_fit_eighty_columns(tmp_path):
    long = "maxrl_gtpo_sepa_one_sided"
    file = tmp_path / "toy.yaml"
    text = PLAN.replace("plain", long).replace("[1, 2, 3, 4, 5, 6]", str(list(range(1, 11))))
    text = text.replace("budget_h: 2", "budget_h: 4")
    file.write_text(text)
    plan = read(file)
    for table in tables_of(plan, WORLD).values():
        write(table, plan.folder)
    for width, tables in ((80, 1), (60, 2), (40, 5)):
        out = io.StringIO()
        for grid in status(Store(plan), width):
            Console(file=out, width=width).print(grid)
        lines = out.getvalue().splitlines()
        assert max(map(len, lines)) <= width
        rows = [line.split()[1:] for line in lines if line.startswith(long)]
        assert len(rows) == tables
        assert all(0 < float(cell) < 100 for row in rows for cell in row)
        named = [line.split()[1:] for line in lines if line.startswith("seed ")]
        assert [seed for row in named for seed in row] == [str(seed) for seed in plan.seeds]


def test_status_says_what_a_run_takes_and_why_one_failed(half):
    result = invoke("status", "toy.yaml")
    assert "planned: 0.1 h a run; none was timed" in result.output
    assert "failed: sharp, seed 4: exit status 1: no memory" in result.output


def test_report_and_power(half):
    result = invoke("report", "toy.yaml")
    assert result.exit_code == 0, result.output
    assert "no conclusion, 3 of 6 pairs are in" in result.output
    assert (half.folder / "report.html").exists()
    text = (half.folder / "report.md").read_text()
    assert "rollouts of the first step, all agree token by token within a pair." in text
    assert "sharp - plain, seed 4: sharp has failed: exit status 1: no memory." in text
    assert "sharp - plain, seeds 5, 6: sharp and plain are not in." in text
    assert "9 of 18 runs are missing; nothing is concluded from a part of a campaign." in text
    result = invoke("power", "toy.yaml", "--rates", "0.47", "0.472")
    assert "estimated from 3 pairs" in result.output
    assert "977,809 independent generations" in result.output


@pytest.mark.parametrize("command", ["plan", "run", "status", "report", "power"])
def test_a_wrong_plan_is_said_in_sentences(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text(PLAN.replace("steps: 4", "steps: 0"))
    result = invoke(command, "toy.yaml")
    assert result.exit_code == 2
    assert "steps is 0, must be a number above 0." in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("rates", [("0.5", "0.5"), ("much", "0.5"), ("3/0", "0.5")])
def test_wrong_rates_are_a_sentence(half, rates):
    result = invoke("power", "toy.yaml", "--rates", *rates)
    assert result.exit_code == 2
    assert f"--rates {rates[0]} {rates[1]}: two different rates" in result.output
    assert "seeds" not in result.output  # no table before the refusal


def test_run_hands_over_and_returns_the_status(half, monkeypatch):
    calls = []
    monkeypatch.setattr(running, "run", lambda *a, **k: calls.append((a[0].hash, k)) or 130)
    assert invoke("run", "toy.yaml", "--again", "--plain").exit_code == 130
    assert calls[0][0] == half.hash
    assert (calls[0][1]["again"], calls[0][1]["plain"]) == (True, True)


def test_what_is_refused_is_said_before_the_first_run(half, monkeypatch):
    monkeypatch.setattr(Configurations, "problems", lambda self: iter(["first", "second"]))
    result = invoke("run", "toy.yaml")
    assert result.exit_code == 2
    assert "first" in result.output
    assert "second" in result.output


@pytest.mark.slow
def test_plan_is_locked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = plan_of(tmp_path)
    result = invoke("plan", "toy.yaml")
    assert result.exit_code == 0, result.output
    assert "runs      18: 3 arms, 6 seeds" in result.output
    assert plan.hash in (plan.folder / "plan.lock").read_text()
