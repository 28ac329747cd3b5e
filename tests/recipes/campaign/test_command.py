"""`verl-credit campaign` as a user types it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from recipes.campaign import run as running
from recipes.campaign.configurations import Configurations
from recipes.campaign.simulate import World
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
    assert "9 of 18 runs" in result.output
    rows = [line for line in result.output.splitlines() if "│" in line]
    assert rows[0].count("in  0.") == 3
    assert "failed" in rows[3]
    assert "planned: 0.1 h a run; none was timed" in result.output
    assert "failed: sharp, seed 4: exit status 1: no memory" in result.output


def test_report_and_power(half):
    result = invoke("report", "toy.yaml")
    assert result.exit_code == 0, result.output
    assert "no conclusion, 3 of 6 pairs are in" in result.output
    assert (half.folder / "report.html").exists()
    result = invoke("power", "toy.yaml", "--rates", "0.47", "0.472")
    assert "estimated from 3 pairs" in result.output
    assert "977,809 independent generations" in result.output


@pytest.mark.parametrize("command", ["plan", "run", "status", "report", "power"])
def test_a_wrong_plan_is_said_in_sentences(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text(PLAN.replace("steps: 4", "steps: 0"))
    result = invoke(command, "toy.yaml")
    assert result.exit_code == 2
    assert "steps is 0, must be above 0." in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("rates", [("0.5", "0.5"), ("much", "0.5"), ("3/0", "0.5")])
def test_wrong_rates_are_a_sentence(half, rates):
    result = invoke("power", "toy.yaml", "--rates", *rates)
    assert result.exit_code == 2
    assert f"--rates {rates[0]} {rates[1]}: two different rates are wanted" in result.output


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
