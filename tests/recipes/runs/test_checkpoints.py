"""Which checkpoint a user means, and whether it is complete."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from recipes.errors import RunError
from recipes.runs import Run
from recipes.runs.checkpoints import checkpoint_named, checkpoint_of


def saved(run: Path, step: int, ranks: int = 1) -> Path:
    """A checkpoint with as much of verl's as tells whether it is complete."""
    folder = run / "checkpoints" / f"global_step_{step}"
    (folder / "actor").mkdir(parents=True)
    for rank in range(ranks):
        (folder / "actor" / f"model_world_size_{ranks}_rank_{rank}.pt").touch()
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "toy" / "one"
    for step in (7, 14, 21):
        saved(path, step)
    (path / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("14")
    (path / "metrics.1.jsonl").touch()
    (path / "config.yaml").write_text("trainer: {save_freq: 7}\n")
    return path


def test_a_run_means_its_last_complete_checkpoint(run, monkeypatch):
    assert checkpoint_named(str(run)).step == 14
    monkeypatch.chdir(run.parent)
    assert checkpoint_named("one").folder == run / "checkpoints" / "global_step_14"


def test_a_step_and_a_folder_can_be_named(run):
    by_step = checkpoint_named(f"{run}@7")
    assert by_step.step == 7
    assert by_step == checkpoint_named(str(run / "checkpoints" / "global_step_7"))
    by_step.check()
    assert by_step.run == Run(run)


def test_a_checkpoint_of_stock_verl_has_no_run(tmp_path):
    folder = saved(tmp_path / "elsewhere", 3, ranks=2)
    checkpoint = checkpoint_named(f"{folder}/")
    checkpoint.check()
    assert (checkpoint.step, checkpoint.ranks, checkpoint.run) == (3, 2, None)


def refusal(name: object) -> str:
    with pytest.raises(RunError) as caught:
        checkpoint_named(str(name)).check()
    return str(caught.value)


def test_what_is_not_there_or_cut_short_is_refused(run, tmp_path):
    assert "there are steps [7, 14, 21]" in refusal(f"{run}@9")
    assert "cut short; the last complete step is 14" in refusal(f"{run}@21")
    assert "is no run, but holds runs; give one of them" in refusal(tmp_path)
    (saved(run, 6, ranks=2) / "actor" / "model_world_size_2_rank_1.pt").unlink()
    assert "model_world_size_2_rank_1.pt is missing" in refusal(f"{run}@6")
    (tmp_path / "global_step_5").mkdir()
    assert "has no weights" in refusal(tmp_path / "global_step_5")
    assert "there is none beside it" in refusal(tmp_path / "global_step_5")
    shutil.rmtree(run / "checkpoints" / "global_step_7" / "actor")  # as verl does
    assert "max_actor_ckpt_to_keep; there are steps [6, 14, 21]." in refusal(f"{run}@7")


def test_a_run_without_a_checkpoint_says_when_there_is_one(run):
    (run / "checkpoints" / "latest_checkpointed_iteration.txt").unlink()
    with pytest.raises(
        RunError, match=r"no complete checkpoint yet; .* trainer\.save_freq=7 steps"
    ):
        checkpoint_of(Run(run))
