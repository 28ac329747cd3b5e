"""Environments and reward functions that fail: counted, said with cause and node, ending a run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from recipes.runs import Run

from .small import SMALL
from .test_engine import additions

HERE = Path(__file__).parent
ENV = ("data.env.id=failing_env:demo/Failing-v0", "data.shuffle=False")
THREE_OF_TEN = "+data.env.kwargs.fails=[0,3,6]"  # at least 2 of 8 prompts in any step
SESSIONS = 8 * 4
TIMEOUT_S = 600


def test_an_environment_that_fails_too_often_ends_the_run_after_three_steps(
    run_verl: Callable,
) -> None:
    run = run_verl(*ENV, THREE_OF_TEN, "trainer.total_training_steps=6")
    assert run.returncode != 0
    assert max(run.metrics) == 2  # the third ends before it is logged
    failed = {step: metrics["env/error"] for step, metrics in run.metrics.items()}
    assert failed == {1: 3 * 4, 2: 2 * 4}  # tasks 0, 3, 6, then 10 and 13
    assert run.metrics[1]["env/failed_share"] == 3 / 8
    assert run.metrics[1]["env/dropped"] == run.metrics[1]["env/short_groups"] == 0
    for text in (
        f"33% of the {3 * SESSIONS} sessions of steps 1 to 3 failed",
        f"32x raised ConnectionError on {socket.gethostname()} (",
        "the judge does not answer",
        "failing_env.py:",
        "`verl-credit check-env failing_env:demo/Failing-v0`",
    ):
        assert text in run.log[-6000:], text


@pytest.mark.long
def test_a_file_that_is_missing_where_episodes_are_played_ends_it_at_once(
    run_verl: Callable, tmp_path: Path
) -> None:
    run = run_verl(*ENV, f"+data.env.kwargs.file={tmp_path}/nowhere.txt")
    assert run.returncode != 0
    last = run.log[-6000:]
    assert f"All {SESSIONS} sessions of step 1 failed: {SESSIONS}x raised FileNotFoundError" in last
    assert "nowhere.txt" in last
    assert "step:1" not in run.log


@pytest.mark.long  # CI has tests/verl_adapter/test_trainer.py, without an engine
def test_a_few_failures_are_on_screen_and_in_the_report_and_the_run_goes_on(
    tmp_path: Path, warm_model: Path
) -> None:
    one_of_twenty = "data.env.kwargs={digits: [1, 2], fails: [0], of: 20}"
    ended = subprocess.run(
        [
            Path(sys.executable).with_name("verl-credit"),
            *("train", "cpu_addition", *SMALL, *ENV, one_of_twenty, "data.env.instruction=''"),
            "trainer.total_training_steps=4",
            "trainer.test_freq=4",
            "data.env.validation_size=8",
            f"actor_rollout_ref.model.path={warm_model}",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    screen = ended.stdout
    assert ended.returncode == 0, screen
    (folder,) = (tmp_path / "outputs" / "cpu_addition").iterdir()
    run = Run(folder)
    shares = [run.history[step]["env/failed_share"] for step in (1, 2, 3, 4)]
    assert shares == [1 / 8, 0, 1 / 8, 0]  # tasks 0 and 20
    assert [run.history[step]["env/error"] for step in (1, 2, 3, 4)] == [4, 0, 4, 0]
    assert f"4 of {SESSIONS} sessions of step 1 failed or were dropped (12%)." in screen
    assert f"4x raised ConnectionError on {socket.gethostname()} (" in screen
    assert screen.count("of step 1 failed or were dropped") == 1
    assert "sessions of step 3 failed" not in screen  # cause and node are no news
    said = {notice.key: notice for notice in run.notices}
    assert said["env_failures"].title.startswith(f"8 of {4 * SESSIONS} sessions of steps 1 to 4")
    page = (folder / "report.html").read_text()
    assert "raised ConnectionError on" in page
    # Task 0 of the validation fails for each of its samples.
    assert run.history[4]["val-env/error"] > 0
    assert said["env_failures_in_validation"].step == 4


@pytest.mark.long
@pytest.mark.parametrize("mode", ["sync", "colocate_async"])
def test_sessions_that_verl_drops_are_counted_with_the_cause_from_their_worker(
    run_verl: Callable, tmp_path: Path, mode: str
) -> None:
    """verl's own loop and a reward function of the user's, which raises in another process."""
    rows = additions(tmp_path / "rows.parquet", 64)
    # Without a fixed order of replacing, a step may see fewer of them than three of ten.
    limits = () if mode == "sync" else ("trainer.env_failures.share=0.1",)
    run = run_verl(
        *limits,
        "data.custom_cls.path=null",
        "data.custom_cls.name=null",
        f"data.train_files={rows}",
        f"data.val_files={rows}",
        "data.shuffle=False",
        "actor_rollout_ref.rollout.agent.default_agent_loop=single_turn_agent",
        "reward.num_workers=1",
        f"reward.custom_reward_function.path={HERE / 'raising_reward.py'}",
        "reward.custom_reward_function.name=compute_score",
        f"trainer.v1.trainer_mode={mode}",
        "trainer.total_training_steps=6",
    )
    assert run.returncode != 0
    last = run.log[-6000:]
    assert "dropped, raised LookupError on " in last
    assert "no gold for task" in last
    assert "EnvFailuresError: " in last
    if mode == "sync":
        assert max(run.metrics) == 2
        first = run.metrics[1]
        assert (first["env/dropped"], first["env/short_groups"]) == (3 * 4, 3)
        assert first["env/failed_share"] == 3 / 8
        assert f"33% of the {3 * SESSIONS} sessions of steps 1 to 3 failed" in last
