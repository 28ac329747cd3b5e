"""What becomes of a checkpoint: a model that transformers loads, an evaluation, a branch."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import torch
from torch.distributed.tensor import DTensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from recipes.runs import Run

from .command import finish, start

QUESTION = [{"role": "user", "content": "12 + 30"}]


def trained_weights(run: Run, step: int) -> dict[str, torch.Tensor]:
    """What verl's only rank saved."""
    actor = run.checkpoints / f"global_step_{step}" / "actor"
    shard = torch.load(actor / "model_world_size_1_rank_0.pt", weights_only=False)
    return {k: v.to_local() if isinstance(v, DTensor) else v for k, v in shard.items()}


def greedy(model, tokenizer) -> list[int]:
    prompt = tokenizer.apply_chat_template(
        QUESTION, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    return model.generate(**prompt, do_sample=False, max_new_tokens=48)[0].tolist()


def test_the_exported_model_says_what_the_trained_one_says(resumed_run, warm_model: Path) -> None:
    folder, run = resumed_run.folder, resumed_run.run
    done = finish(start(folder, "export", str(run.path), "-o", "model"), run.path)
    assert done.status == 0, done.output
    assert "Exported: model" in done.output
    model = AutoModelForCausalLM.from_pretrained(folder / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder / "model")
    saved = trained_weights(run, step=3)
    assert all(torch.equal(model.state_dict()[name], weight) for name, weight in saved.items())
    begun = AutoModelForCausalLM.from_pretrained(warm_model, dtype=torch.float32)
    assert not torch.equal(begun.state_dict()["model.norm.weight"], saved["model.norm.weight"])
    begun.load_state_dict(saved, strict=False)
    assert greedy(model, tokenizer) == greedy(begun, tokenizer)

    again = finish(start(folder, "export", str(run.path), "-o", "model"), run.path)
    assert again.status == 2
    assert "is not overwritten" in again.output


def test_evaluation_repeats_the_runs_own_validation(resumed_run) -> None:
    folder, run = resumed_run.folder, resumed_run.run
    process = start(folder, "eval", str(run.path), "--json", "found.json")
    done = finish(process, folder / "outputs" / "eval")
    assert done.status == 0, done.output
    assert done.left == []
    found = json.loads((folder / "found.json").read_text())
    (env,) = found["environments"].values()
    assert (found["step"], env["problems"], env["samples"]) == (3, 8, 4)
    for k, rate in env["pass@k"].items():
        own = run.history[3][f"val-credit/reasoning/Addition-v0/mean/pass@{k}"]
        assert rate["value"] == own, k
        assert f"{100 * own:.1f} [".replace("100.0", "100") in done.output


def test_an_interrupted_branch_goes_on_from_its_own_checkpoint(resumed_run) -> None:
    folder, parent = resumed_run.folder, resumed_run.run
    command = (
        *resumed_run.command,
        *("--from", f"{parent.path}@2", "--name", "branch"),
        "trainer.total_training_steps=4",
        "trainer.test_freq=-1",
        # Another estimator and another learning rate: fresh schedules and a fresh optimizer.
        "algorithm.adv_estimator=maxrl_gtpo_sepa",
        "actor_rollout_ref.actor.optim.lr=2e-5",
    )
    branch = parent.path.with_name("branch")
    process = start(folder, *command)
    tracker = branch / "checkpoints" / "latest_checkpointed_iteration.txt"
    while process.poll() is None and not tracker.exists():
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    stopped = finish(process, branch)
    assert stopped.status == 128 + signal.SIGINT, stopped.output
    assert "with its weights, order of tasks; afresh: optimizer, schedules." in stopped.output
    first = (branch / "train.log").read_text(errors="replace")
    assert "setting global step to 2" in first
    assert "the schedules of maxrl_gtpo_sepa begin at step 2" in first

    finished = finish(start(folder, *command), branch)
    assert finished.status == 0, finished.output
    second = (branch / "train.log").read_text(errors="replace")[len(first) :]
    own = int(tracker.read_text())
    assert own == 4
    assert "setting global step to 2" not in second
    run = Run(branch)
    assert min(run.history) == 2  # the validation at the branch point
    assert run.history[3]["actor/lr"] == run.history[4]["actor/lr"] == 2e-5
    saved = json.loads((branch / "checkpoints" / "global_step_4" / "credit.json").read_text())
    assert saved["origin"] == 2
    assert f"cpu_addition/{parent.path.name}, step 2" in (branch / "report.html").read_text()
