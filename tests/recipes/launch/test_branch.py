"""Branches: where they begin, what they take along, and that they resume from their own work."""

from __future__ import annotations

import io
import json
import shutil
from functools import cache
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from rich.console import Console

from credit_plugins.config import build_chain
from credit_plugins.verl_adapter import state
from recipes.errors import RunError
from recipes.launch.branch import branch_from
from recipes.launch.compose import compose, for_hydra, hydra_quote
from recipes.runs import Run

ALL = ["trainer.total_training_steps=56", "actor_rollout_ref.model.path=/models/tiny"]


@cache
def resolved() -> str:
    config = compose("cpu_addition", for_hydra("cpu_addition", ALL))
    return OmegaConf.to_yaml(config, resolve=True)


@cache
def config_of(*overrides: str):
    config = OmegaConf.create(resolved())
    return OmegaConf.merge(config, OmegaConf.from_dotlist(list(overrides)))


def saved(folder: Path, ranks: int = 1) -> Path:
    """A checkpoint's files as verl and the credit trainer leave them."""
    actor = folder / "actor"
    (actor / "huggingface").mkdir(parents=True)
    for kind in ("model", "optim", "extra_state"):
        for rank in range(ranks):
            (actor / f"{kind}_world_size_{ranks}_rank_{rank}.pt").write_text(kind)
    (actor / "huggingface" / "config.json").write_text("{}")
    (folder / "data.pt").write_text("data")
    return folder


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """A run of cpu_addition with a checkpoint of step 14."""
    run = tmp_path / "outputs" / "cpu_addition" / "parent"
    folder = saved(run / "checkpoints" / "global_step_14")
    (run / "checkpoints" / "latest_checkpointed_iteration.txt").write_text("14")
    (run / "metrics.1.jsonl").touch()
    (run / "config.yaml").write_text(resolved())
    estimator = build_chain("maxrl_gtpo_sepa_hicra")
    state.save(folder, estimator, state.CreditState(estimator.init_state()))
    return run


def begun(parent: Path, tmp_path: Path, *overrides: str) -> tuple[list[str], set[str], str]:
    """What verl is told, the files that went along, and what is printed."""
    run = Run(tmp_path / "branch")
    run.path.mkdir()
    console = Console(file=io.StringIO(), width=300)
    told = branch_from(f"{parent}@14").begin(run, config_of(*overrides), console)
    kept = run.path / "branch_point" / "global_step_14"
    files = {path.name for path in kept.rglob("*") if path.is_file()}
    return told, files, console.file.getvalue()


WEIGHTS = {"model_world_size_1_rank_0.pt", "config.json"}
OPTIMIZER = {"optim_world_size_1_rank_0.pt", "extra_state_world_size_1_rank_0.pt"}


def test_all_goes_along_if_nothing_differs(parent, tmp_path):
    told, files, said = begun(parent, tmp_path, "trainer.total_training_steps=99")
    kept = tmp_path / "branch" / "branch_point" / "global_step_14"
    assert told == [
        "trainer.resume_mode=resume_path",
        f"trainer.resume_from_path={hydra_quote(kept)}",
    ]
    assert files == WEIGHTS | OPTIMIZER | {"data.pt", "credit.json"}
    assert "with its weights, optimizer, order of tasks, schedules." in said


@pytest.mark.parametrize(
    ("override", "fresh", "words"),
    [
        ("actor_rollout_ref.actor.optim.lr=1e-5", OPTIMIZER, "; afresh: optimizer."),
        ("data.seed=2", {"data.pt"}, "; afresh: order of tasks."),
        ("data.env.kwargs.digits=[5]", {"data.pt"}, "; afresh: order of tasks."),
        ("data.env.curriculum={}", {"data.pt"}, "; afresh: order of tasks."),
        ("algorithm.adv_estimator=maxrl_gtpo_sepa", {"credit.json"}, "; afresh: schedules."),
        ("algorithm.adv_estimator=grpo", {"credit.json"}, "; afresh: schedules."),
        ("algorithm.credit.sepa.lam.schedule=adaptive", {"credit.json"}, "; afresh: schedules."),
        ("algorithm.credit.sepa.lam.steps=40", set(), "order of tasks, schedules."),
        ("data.env.validation_size=8", set(), "order of tasks, schedules."),
    ],
)
def test_what_differs_begins_afresh(parent, tmp_path, override, fresh, words):
    told, files, said = begun(parent, tmp_path, override)
    assert files == (WEIGHTS | OPTIMIZER | {"data.pt", "credit.json"}) - fresh
    assert words in said
    only_weights = "actor_rollout_ref.actor.checkpoint.load_contents=[model]"
    assert (only_weights in told) == (fresh == OPTIMIZER)


def test_the_branch_outlives_the_checkpoint(parent, tmp_path):
    begun(parent, tmp_path)
    shutil.rmtree(parent / "checkpoints")
    kept = tmp_path / "branch" / "branch_point" / "global_step_14"
    assert (kept / "actor" / "model_world_size_1_rank_0.pt").read_text() == "model"


def test_what_a_dry_run_shows_writes_nothing(parent, tmp_path):
    run = Run(tmp_path / "branch")
    branch = branch_from(f"{parent}@14")
    planned = branch.overrides(run, config_of())
    assert not run.path.exists()
    assert planned == begun(parent, tmp_path)[0]
    other = config_of("actor_rollout_ref.actor.optim.lr=1e-5")
    assert branch.overrides(Run(tmp_path / "other"), other)[-1].endswith("load_contents=[model]")


def test_after_a_checkpoint_of_its_own_it_goes_on_from_there(parent, tmp_path):
    begun(parent, tmp_path)
    run = Run(tmp_path / "branch")
    branch, console = branch_from(f"{parent}@14"), Console(file=io.StringIO())
    # Interrupted before that: from the branch point again.
    assert "trainer.resume_mode=resume_path" in branch.begin(run, config_of(), console)
    saved(run.checkpoints / "global_step_21")
    (run.checkpoints / "latest_checkpointed_iteration.txt").write_text("21")
    assert branch.begin(run, config_of(), console) == ["trainer.resume_mode=auto"]


def test_a_stock_checkpoint_brings_weights_and_optimizer(tmp_path):
    folder = saved(tmp_path / "stock" / "global_step_14")
    run = Run(tmp_path / "branch")
    run.path.mkdir()
    branch, console = branch_from(str(folder)), Console(file=io.StringIO(), width=300)
    branch.check(config_of())
    branch.begin(run, config_of(), console)
    kept = run.path / "branch_point" / "global_step_14"
    files = {path.name for path in kept.rglob("*") if path.is_file()}
    assert files == WEIGHTS | OPTIMIZER
    assert (
        "with its weights, optimizer; afresh: order of tasks, schedules." in console.file.getvalue()
    )


def test_the_model_is_the_parents_unless_named(parent, tmp_path):
    branch = branch_from(str(parent))
    assert branch.model([]) == ["actor_rollout_ref.model.path=/models/tiny"]
    assert branch.model(["actor_rollout_ref.model.path=/mine"]) == []
    stock = branch_from(str(saved(tmp_path / "global_step_3")))
    with pytest.raises(RunError, match=r"add actor_rollout_ref\.model\.path=FOLDER"):
        stock.model([])


@pytest.mark.parametrize("item", ["trainer.resume_mode=auto", "+trainer.resume_from_path=x"])
def test_from_and_resume_are_not_both_given(parent, item):
    with pytest.raises(RunError, match="leave one of them out"):
        branch_from(str(parent)).model([item])


def test_what_could_not_train_is_refused(parent):
    branch = branch_from(str(parent))
    branch.check(config_of())
    with pytest.raises(RunError, match=r"total_training_steps=14 .* set it to more than 14"):
        branch.check(config_of("trainer.total_training_steps=14"))
    with pytest.raises(RunError, match=r"written by 1 rank\(s\) and this run has 2"):
        branch.check(config_of("trainer.n_gpus_per_node=2"))
    with pytest.raises(RunError, match="global_step_15 does not exist"):
        branch_from(f"{parent}@15").check(config_of())


def test_the_record_names_the_checkpoint(parent):
    record = branch_from(str(parent)).record
    assert json.loads(json.dumps(record)) == {
        "checkpoint": str(parent / "checkpoints" / "global_step_14"),
        "step": 14,
    }
