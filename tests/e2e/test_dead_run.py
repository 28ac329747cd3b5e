"""A run that cannot learn says so on screen, in its log and in its report, and can end for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from recipes.runs import Run

from .small import SMALL

# The warm-started model boxes its answers; asked for a tag, it never gives one.
DEAD = ("+data.env.kwargs.answer_format=answer_tag", "trainer.notices.after=2")
TIMEOUT_S = 600


def test_verl_credit_shows_it_while_training_and_in_the_report(
    tmp_path: Path, warm_model: Path
) -> None:
    model = f"actor_rollout_ref.model.path={warm_model}"
    steps = "trainer.total_training_steps=3"
    program = Path(sys.executable).with_name("verl-credit")
    ended = subprocess.run(
        [program, "train", "cpu_addition", *SMALL, *DEAD, steps, model],
        cwd=tmp_path,
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
    said = (
        "100% no_answer",
        "an answer is read only from <answer>...</answer>",
        "The model got:",
        "It wrote (no_answer):",
        "data.env.instruction",
    )
    while_training, at_the_end = screen.split("(at steps 1 to 2).")[1].split("(at steps 1 to 3).")
    page = (folder / "report.html").read_text()
    box = page[page.index('"notices"') : page.index("What was run")].replace("&lt;", "<")
    for text in said:
        assert text in while_training
        assert text in at_the_end
        assert text in box.replace("&gt;", ">")
    assert "step 3/3" in while_training  # training went on, and the report came after it
    assert "\\boxed{" in while_training  # what it wrote instead
    assert [run.history[step]["credit/notice/dead_run"] for step in (1, 2, 3)] == [0, 1, 1]
    assert run.history[3]["credit/group/mixed"] == 0
    assert {notice.key for notice in run.notices} >= {"dead_run"}


def test_stock_verl_says_it_in_the_log_for_its_own_estimators_and_stops_on_request(
    run_verl: Callable,
) -> None:
    stop = "trainer.notices.stop_dead_run=True"
    run = run_verl(
        *DEAD, stop, "trainer.total_training_steps=5", "algorithm.adv_estimator=grpo_vectorized"
    )
    assert run.returncode != 0
    assert "100% no_answer" in run.log
    assert "It wrote (no_answer):" in run.log
    assert "trainer.notices.stop_dead_run=True ended the run at step 2" in run.log
    assert max(run.metrics, default=0) == 1
