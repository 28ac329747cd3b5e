"""`train --from` around a stand-in for verl's process."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from recipes.errors import RunError

from .toy import only_run

BRANCH = ("trainer.n_gpus_per_node=1", "actor_rollout_ref.model.path=/mine")


@pytest.fixture
def point(tmp_path) -> Path:
    """A checkpoint of stock verl."""
    actor = tmp_path / "stock" / "global_step_1" / "actor"
    actor.mkdir(parents=True)
    for kind in ("model", "optim", "extra_state"):
        (actor / f"{kind}_world_size_1_rank_0.pt").touch()
    return actor.parent


def told(run: Path) -> dict[str, str]:
    """What the last attempt was told."""
    lines = [line for line in (run / "train.log").read_text().splitlines() if "args {" in line]
    return json.loads(lines[-1].removeprefix("args ").rpartition(" TOY")[0])


@pytest.mark.slow
def test_an_interrupted_branch_goes_on_from_its_own_checkpoint(toy, point, monkeypatch):
    save = "saved.with_name('latest_checkpointed_iteration.txt').write_text(str(step))"
    monkeypatch.setenv("AT_STEP", "raise RuntimeError('before the first checkpoint')")
    toy(*BRANCH, source=str(point))
    run = only_run(toy)
    kept = run / "branch_point" / "global_step_1"
    first = {"trainer.resume_mode": "resume_path", "trainer.resume_from_path": str(kept)}
    assert first.items() <= told(run).items()

    monkeypatch.setenv("AT_STEP", f"{save}\nif step == 2: raise RuntimeError('the disk is full')")
    shutil.rmtree(point)
    _, out = toy(*BRANCH, source=str(point))
    assert "Resuming" in out
    assert first.items() <= told(run).items()

    monkeypatch.delenv("AT_STEP")
    status, out = toy(*BRANCH, source=str(point))
    assert status == 0
    assert only_run(toy) == run
    assert told(run)["trainer.resume_mode"] == "auto"
    assert "trainer.resume_from_path" not in told(run)
    record = json.loads((run / "run.json").read_text())
    assert record["branched_from"] == {"checkpoint": str(point), "step": 1}


@pytest.mark.slow
def test_a_branch_is_another_run_than_one_from_the_model(toy, point, monkeypatch):
    monkeypatch.setenv("AT_STEP", "raise RuntimeError('stopped')")
    toy(*BRANCH, source=str(point))
    toy(*BRANCH)
    toy(*BRANCH, source=str(point))
    assert len(list(toy.outputs.iterdir())) == 2


def test_a_refused_branch_leaves_no_folder(toy, point):
    with pytest.raises(RunError, match="set it to more than 1"):
        toy(*BRANCH, "trainer.total_training_steps=1", source=str(point))
    with pytest.raises(RunError, match="does not exist"):
        toy(*BRANCH, source=str(point.with_name("global_step_2")))
    assert not toy.outputs.exists()
