"""The sequence of a campaign's runs, around a stand-in for verl's process."""

from __future__ import annotations

import json
import os
import shutil
import signal

import pytest

from recipes.campaign.analysis import Analysis
from recipes.campaign.configurations import Configurations
from recipes.campaign.overview import measured
from recipes.campaign.reading import read
from recipes.campaign.report.content import sections
from recipes.campaign.store import Store
from recipes.errors import RunError

from .toy import PLAN, caller, patch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # a process per run

ARMS = ("plain", "sharp", "again")
AGAIN = "  again: [algorithm.adv_estimator=maxrl, data.env.sampling_seed=1000]\n"
NOISE = "noise: {arm: again, against: plain}\n"
# Three seeds can give p = .25 at best; the sequence does not care.
SMALL = PLAN.replace("[1, 2, 3, 4, 5, 6]", "[1, 2, 3]") + "alpha: 0.3\n"
TWO = SMALL.replace(AGAIN, "").replace(NOISE, "")


@pytest.fixture(scope="module")
def patched(tmp_path_factory):
    """The stand-in is in place for all tests here."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = tmp_path_factory.mktemp("patched")
        patch(folder, monkeypatch)
        yield folder


@pytest.fixture(scope="module")
def made(patched):
    """A campaign that has run to its end, and what it printed."""
    file = patched / "plans" / "toy.yaml"
    file.parent.mkdir()
    file.write_text(SMALL)
    call = caller(file, patched / "outputs")
    status, out = call()
    assert status == 0, out
    return call, out


@pytest.fixture
def finished(made, tmp_path):
    """A copy of it, to be changed."""
    call, _ = made
    shutil.copytree(call.file.parent, tmp_path / "plans")
    shutil.copytree(call.root, tmp_path / "outputs")
    return caller(tmp_path / "plans" / "toy.yaml", tmp_path / "outputs")


@pytest.fixture
def fresh(patched, tmp_path):
    """Two arms, and no run yet."""
    file = tmp_path / "toy.yaml"
    file.write_text(TWO)
    return caller(file, tmp_path / "outputs")


def store(call) -> Store:
    return Store(read(call.file), call.root)


def analysis(call) -> Analysis:
    found = store(call)
    return Analysis(found.plan, found.tables, found.failures)


def test_every_run_leaves_a_table_and_the_pairs_are_pairs(made):
    call, out = made
    assert list(store(call).files) == [(arm, seed) for seed in (1, 2, 3) for arm in ARMS]
    assert out.splitlines()[-1] == "9 of 9 runs are in."
    assert "sharp, seed 2: 4 of 9 runs are in, about 0.0 h left" in out
    result = analysis(call)
    assert result.primary.seeds == [1, 2, 3]
    assert result.primary.missing == {}
    assert result.noise.complete, result.noise.missing
    # The stand-in learns faster in the second arm, and differs in nothing else.
    assert result.primary.result.mean > 0
    assert result.noise.result.mean == 0
    assert 0 < result.tables["sharp", 2].seconds < 60
    assert " h a run, mean of the 9 that were timed (planned: 0.1); 0.0 h left, one" in measured(
        store(call)
    )


def test_what_else_an_arm_changes_is_told_from_its_runs(made):
    """Four steps of reward .1, .2, .3, .4: a quarter is one step."""
    found = analysis(made[0])
    assert found.trained("sharp", "critic/score/mean") == pytest.approx((0.1, 0.4))
    assert found.trained("sharp", "actor/entropy") is None
    (section,) = [one for one in sections(found) if one.title == "Training"]
    assert section.rows[0] == ["plain", "0.1 to 0.4", "-", "-", "-"]


def test_the_validation_before_training_is_made_once_per_seed(made):
    found = store(made[0])
    own = [key for key in found.files if (0, "sums") in found.run(key).problems]
    assert own == [("plain", 1), ("plain", 2), ("plain", 3)]
    tables = found.tables
    assert tables["sharp", 2].first_validation_of == "plain"
    assert tables["sharp", 2].right[0] == tables["plain", 2].right[0]
    assert tables["sharp", 2].steps == [0, 2, 4]


def test_the_seed_reaches_weights_prompts_and_problems(made):
    tables = store(made[0]).tables
    proofs = [tables["plain", seed].proof for seed in (1, 2, 3)]
    assert len({proof.weights for proof in proofs}) == 3
    assert len({proof.prompts["1"] for proof in proofs}) == 3
    assert len({proof.evaluation for proof in proofs}) == 3
    assert len({tuple(tables["plain", seed].tasks) for seed in (1, 2, 3)}) == 3


def test_a_table_that_is_gone_is_made_again_of_the_run_that_is_done(finished):
    (store(finished).plan.folder / "results" / "sharp.seed2.json").unlink()
    before = {path: path.stat().st_mtime_ns for path in finished.root.rglob("metrics.*")}
    assert len(before) == 9
    assert finished()[0] == 0
    after = {path: path.stat().st_mtime_ns for path in finished.root.rglob("metrics.*")}
    assert after == before
    assert len(store(finished).files) == 9


def test_a_run_that_missed_a_validation_is_no_result(finished):
    found = store(finished)
    file = found.plan.folder / "results" / "sharp.seed2.json"
    rows = json.loads(file.read_text())
    assert rows["steps"] == [2, 4]
    file.write_text(json.dumps({**rows, "steps": rows["steps"][1:], "right": rows["right"][1:]}))
    with pytest.raises(
        RunError, match=r"sharp.seed2.json was validated at the steps \[4\], and the"
    ):
        _ = store(finished).tables
    file.unlink()
    run = found.run(("sharp", 2)).path
    outcomes = run / "held_out.1.jsonl"
    lines = outcomes.read_text().splitlines(keepends=True)
    outcomes.write_text("".join(line for line in lines if json.loads(line)["step"] != 2))
    status, out = finished()
    assert status == 1
    assert "it was validated at the steps [4], and the plan asks for [2, 4]; remove" in out
    shutil.rmtree(run)
    assert finished(again=True)[0] == 0
    assert store(finished).tables["sharp", 2].steps == [0, 2, 4]


def test_results_without_a_lock_are_those_of_the_plan_or_refused(finished):
    found = store(finished)
    found.lock.unlink()
    assert finished()[0] == 0
    assert found.lock.exists()
    found.lock.unlink()
    finished.file.write_text(finished.file.read_text().replace("steps: 4", "steps: 6"))
    with pytest.raises(RunError, match="a changed plan is a new campaign"):
        finished()


def test_more_hours_than_the_budget_are_said(finished):
    found = store(finished)
    for file in found.files.values():
        rows = json.loads(file.read_text())
        file.write_text(json.dumps({**rows, "facts": {**rows["facts"], "seconds": 3600.0}}))
    said = measured(store(finished))
    assert said.endswith(f"All runs are 9.0 h, more than budget_h={found.plan.budget_h:g}.")


def test_a_campaign_goes_on_elsewhere_from_its_tables(finished):
    (store(finished).plan.folder / "results" / "again.seed3.json").unlink()
    assert "mean of the 8 that were timed" in measured(store(finished))
    shutil.rmtree(finished.root)
    assert finished()[0] == 0
    (run,) = finished.root.rglob("done")
    assert run.parent.name.endswith("-again-seed3")
    assert analysis(finished).noise.complete


def test_some_seeds_are_made_here_and_the_others_elsewhere(fresh):
    status, out = fresh(seeds=[2])
    assert status == 0
    # What is announced is what is made here: 2 runs of .1 h each.
    assert "plain, seed 2: 0 of 2 runs of seed 2 are in, about 0.2 h left" in out
    assert "sharp, seed 2: 1 of 2 runs of seed 2 are in" in out
    assert out.splitlines()[-1] == "2 of 2 runs of seed 2 are in."
    assert list(store(fresh).files) == [("plain", 2), ("sharp", 2)]
    with pytest.raises(RunError, match=r"toy.yaml has the seeds 1, 2, 3; 7 is not among them\."):
        fresh(seeds=[2, 7])
    assert fresh(seeds=[1, 3])[1].splitlines()[-1] == "4 of 4 runs of seeds 1, 3 are in."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_campaign_goes_on_within_the_run(fresh, monkeypatch, number):
    stop = "if {}: os.kill({}, {}); __import__('time').sleep(100)"
    monkeypatch.setenv("AT_STEP", stop.format("step == 3", os.getpid(), int(number)))
    assert fresh()[0] == 128 + number
    assert store(fresh).files == store(fresh).failures == {}
    # It goes on with the first run, and is stopped again in the second.
    monkeypatch.setenv("AT_STEP", stop.format("'gtpo' in str(args)", os.getpid(), int(number)))
    assert fresh()[0] == 128 + number
    assert list(store(fresh).files) == [("plain", 1)]
    table = store(fresh).tables["plain", 1]
    assert table.steps == [0, 2, 4]
    assert list(table.proof.prompts) == ["1", "2", "3", "4"]
    assert table.facts["attempts"] == 2
    assert "seconds" not in table.facts  # of the second attempt alone


FAIL = "if 'gtpo' in args['algorithm.adv_estimator'] and seed == 2: raise RuntimeError('lightning')"


def test_a_failed_run_is_listed_and_never_averaged_over(fresh, monkeypatch):
    monkeypatch.setenv("AT_STEP", FAIL)
    status, out = fresh()
    assert status == 1
    assert "Retry 1 of 1" in out
    assert "sharp, seed 2 has failed, and counts for nothing: exit status 1: RuntimeError" in out
    found = analysis(fresh)
    assert found.primary.seeds == [1, 3]
    assert "lightning" in found.primary.missing[2]
    assert not found.primary.complete
    # It is not tried again unless that is asked for.
    monkeypatch.delenv("AT_STEP")
    status, out = fresh()
    assert status == 1
    assert "5 of 6 runs are in." in out
    # A machine that makes other seeds has nothing to say of it.
    status, out = fresh(seeds=[1, 3])
    assert (status, "failed" in out) == (0, False)
    assert fresh(again=True)[0] == 0
    assert analysis(fresh).primary.complete


def test_a_changed_plan_is_a_new_campaign(finished):
    text = finished.file.read_text()
    finished.file.write_text(text.replace("margin: 0.03", "margin: 0.04"))
    with pytest.raises(RunError, match="A changed plan is a new campaign"):
        finished()
    with pytest.raises(RunError, match="a changed plan is a new campaign"):
        _ = store(finished).tables
    finished.file.write_text("# a comment changes nothing\n" + text)
    assert finished()[0] == 0


def test_a_changed_recipe_is_refused(finished, monkeypatch):
    monkeypatch.setattr(Configurations, "hashes", lambda self: {"plain": "x"})
    with pytest.raises(RunError, match="The configuration of plain, sharp, again is not the one"):
        finished()


def test_runs_of_another_plan_are_taken_over_where_they_are_the_same(finished):
    text = TWO.replace("gtpo.beta=1.0", "gtpo.beta=0.5").replace("plain", "base")
    other = finished.file.with_name("other.yaml")
    other.write_text(text + "reuse: [toy.yaml]\n")
    call = caller(other, finished.root)
    assert call()[0] == 0
    tables = store(call).tables
    assert tables["base", 1].taken_from == store(finished).plan.hash
    assert tables["base", 1].right == store(finished).tables["plain", 1].right
    assert tables["sharp", 1].taken_from == ""  # other numbers, so it was made
    assert tables["sharp", 1].first_validation_of == "base"
    assert analysis(call).primary.complete
