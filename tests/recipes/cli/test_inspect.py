"""`verl-credit inspect` as a user types it."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET

import pytest
from typer.testing import CliRunner

from recipes.cli import app
from tests.recipes.viewer.dumps import make_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user")
    make_run(folder / "toy" / "a")
    make_run(folder / "toy" / "b", steps=(5, 20), credit={"gtpo": {"beta": 0.1}})
    make_run(folder / "toy" / "late", steps=(30,))
    make_run(folder / "toy" / "maxrl", name="maxrl", credit={})
    (folder / "toy" / "bare").mkdir()
    (folder / "toy" / "bare" / "metrics.1.jsonl").write_text("")
    return folder


@pytest.fixture
def typed(folder, monkeypatch):
    monkeypatch.chdir(folder)
    environment = {name: None for name in os.environ if name in ("NO_COLOR", "FORCE_COLOR")}

    def run(line):
        return CliRunner().invoke(app, line.split(), env=environment | {"COLUMNS": "80"})

    return run


def test_the_last_step_and_a_group_with_contrast_are_printed(typed):
    done = typed("inspect toy/a")
    assert done.exit_code == 0, done.output
    assert "toy/a  step 10  maxrl > sepa > gtpo > hicra" in done.output
    assert "group g1" in done.output
    assert done.output.count("episode A") == 6  # legend, four rollouts, table
    assert max(map(len, done.output.split("\n"))) <= 80


def test_step_group_layer_and_rollout_are_chosen(typed):
    done = typed("inspect toy/a --step 5 --group g0 --by sepa:before --rollout 2")
    assert "step 5" in done.output
    assert "H before sepa, nats:" in done.output
    assert "rollout 2" in done.output
    assert "rollout 1" not in done.output
    assert "entropy H, nats" in typed("inspect toy/a --by entropy").output


def test_two_runs_are_compared_at_their_last_common_step(typed):
    done = typed("inspect toy/a --compare toy/b --rollout 0")
    assert done.exit_code == 0, done.output
    assert "toy/a  step 5" in done.output
    assert "toy/b  step 5" in done.output
    assert "Groups are paired by task." in done.output
    assert "B - A" in done.output


def test_where_nothing_can_be_aligned_it_is_said(typed):
    done = typed("inspect toy/a --compare toy/late")
    assert done.exit_code == 0, done.output
    assert "Nothing to align: toy/a dumped steps 1, 5, 10, toy/late steps 30" in done.output
    done = typed("inspect toy/a --compare toy/b --step 10")
    assert "toy/b has no dump of step 10." in done.output
    assert "B - A" not in done.output


def test_a_chain_without_token_operators_shows_its_weight(typed):
    done = typed("inspect toy/maxrl")
    assert done.exit_code == 0, done.output
    assert "Tokens whose credit moved most" not in done.output


def test_a_page_and_a_picture_are_written(typed, folder):
    done = typed("inspect toy/a --html a.html --svg a.svg --rollout 1")
    assert done.exit_code == 0, done.output
    assert "a.html (" in done.output
    assert "a.svg: rollout 1" in done.output
    page = (folder / "a.html").read_text()
    assert page.startswith("<!doctype html>")
    assert page.count('<script type="text/plain"') == 3
    ET.parse(folder / "a.svg")
    typed("inspect toy/a --html one.html --step 5")
    assert (folder / "one.html").read_text().count('<script type="text/plain"') == 1
    done = typed("inspect toy/a --html two.html --compare toy/late")
    assert "Nothing to align" in done.output.replace("\n", " ")
    assert "Nothing to align" in (folder / "two.html").read_text()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("toy", "toy is no run, but holds runs; give one of them: toy/"),
        ("nowhere", "There is no nowhere; give a run's folder"),
        ("toy/bare", "toy/bare holds no dumps: it ran with algorithm.credit.dump.every=0"),
        ("toy/a --step 7", "toy/a has no dump of step 7; there are 1, 5, 10."),
        ("toy/a --group x", "Step 10 has no group 'x'; there are g0, g1."),
        ("toy/a --by wieght", "There is no layer 'wieght'. Nearest: weight."),
        ("toy/a --rollout 4", "Group g1 has no rollout 4; there are 0, 1, 2, 3."),
        ("toy/a --html no/x.html", "no/x.html cannot be written: there is no folder no."),
        ("toy/a --compare toy", "toy is no run, but holds runs"),
        ("toy/a/config.yaml", "config.yaml is no dump of verl-credit"),
    ],
)
def test_what_is_wrong_is_one_sentence(typed, line, said):
    done = typed(f"inspect {line}")
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.count("\n") == 1
