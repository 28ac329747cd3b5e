"""Two steps of every recipe for GPUs on the CPU, as the page says: `+rehearsal=cpu` and a model.

The model is of the class that the recipe names, tiny, with random weights; the data are small files
in each set's schema. Estimator, credit, loss, validation sets, turns and adapters are the recipe's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from recipes.launch.compose import compose
from recipes.runs import Run

from ..recipes.for_gpus import MODEL_PATH, NAMES, files, tiny_model
from .command import finish, start

REHEARSED = "+rehearsal=cpu"


@pytest.mark.long  # minutes each; CI has time for the one below
@pytest.mark.parametrize("name", NAMES)
def test_two_steps_of_a_recipe_on_the_cpu(name: str, tmp_path: Path) -> None:
    own = files(name, tmp_path / "sets")
    model = tiny_model(name, own, tmp_path / "model")
    process = start(tmp_path, "train", name, REHEARSED, f"{MODEL_PATH}={model}", *own)
    ended = finish(process, tmp_path)
    assert ended.status == 0, ended.output[-4000:]
    assert ended.left == []
    (folder,) = (tmp_path / "outputs" / name).iterdir()
    run = Run(folder)
    for step in (1, 2):
        row = run.history[step]
        # The same weights on both sides, adapters included.
        assert row["training/rollout_probs_diff_max"] < 1e-3
        assert 0 < row["actor/entropy"] < math.log(200_000)
        assert math.isfinite(row["actor/grad_norm"])
        assert row["env/error"] == 0
    assert_validated(name, run)
    assert (folder / "report.html").exists()


def assert_validated(name: str, run: Run) -> None:
    """Before the first step and after the last, on every set of the recipe, two answers each."""
    env = compose(name).data.env
    for step in (0, 2):
        for entry in env.validation or [env.id]:
            for k in (1, 2):
                assert 0 <= run.history[step][f"val-credit/{entry}/mean/pass@{k}"] <= 1


def test_two_steps_of_a_recipe_through_plain_verl(run_verl: Callable, tmp_path: Path) -> None:
    name = "gsm8k_qwen3_0p6b_lora_24gb"
    own = files(name, tmp_path / "sets")
    model = tiny_model(name, own, tmp_path / "model")
    logged = "trainer.logger=[console,file]"  # our launch adds the file by itself
    run = run_verl(REHEARSED, logged, f"{MODEL_PATH}={model}", *own, recipe=name)
    assert run.returncode == 0, run.log[-3000:]
    assert set(run.metrics) >= {1, 2}
    assert all(run.metrics[step]["env/error"] == 0 for step in (1, 2))
