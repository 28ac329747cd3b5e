"""`verl-credit train cpu_smollm2`: conversion, a moment of warm start, one step with 8 rollouts."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from recipes.runs import Run

pytestmark = [
    pytest.mark.timeout(2400),
    pytest.mark.skipif(
        find_spec("reasoning_gym") is None, reason="the extra reasoning-gym is not installed"
    ),
]
ONE_STEP = (
    "launch.warm_start.steps=2",
    "launch.warm_start.batch_size=4",
    "data.train_batch_size=2",
    "actor_rollout_ref.rollout.n=4",
    "data.max_response_length=48",
    "trainer.total_training_steps=1",
    "trainer.val_before_train=false",
    "trainer.test_freq=-1",
    "trainer.save_freq=-1",
)


def test_one_step_of_a_pretrained_model_on_word_problems(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("verl-credit")
    done = subprocess.run(
        [program, "train", "cpu_smollm2", *ONE_STEP], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    (folder,) = (tmp_path / "outputs" / "cpu_smollm2").iterdir()
    step = Run(folder).history[1]
    # The rollout and the actor are the same model, over the same 49,152 tokens.
    assert step["training/rollout_probs_diff_max"] < 1e-3
    assert 0 < step["actor/entropy"] < 10.8  # ln(49152)
    assert step["perf/total_num_tokens"] > 8 * 60
