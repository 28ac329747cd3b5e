"""What the bar says, from log lines and metrics."""

from __future__ import annotations

import pytest

from recipes.runs.status import Status

LOG = [
    "ray init kwargs: {'num_cpus': 8}",
    "2026-01-01 INFO worker.py:2004 -- Started a local Ray instance.",
    "(TaskRunnerV1 pid=7) INFO:2026-01-01:Total training steps: 28",
    "(TaskRunnerV1 pid=7) INFO:2026-01-01:create worker group dict_keys(['actor_rollout'])",
    "(TaskRunnerV1 pid=7) INFO:2026-01-01:actor and ref model engine initialized",
    "(TaskRunnerV1 pid=7) INFO:2026-01-01:all initialize finished, ready to fit",
    "(TaskRunnerV1 pid=7) Training Progress:   0%|          | 0/28 [00:00<?, ?it/s]",
]


def test_phases_follow_a_start_up():
    status = Status()
    phases = []
    for line in LOG:
        status.on_line(line)
        phases.append(status.phase)
    assert phases == [
        "starting Ray",
        "starting the trainer",
        "starting workers",
        "loading the model",
        "starting vLLM",
        "validating",
        "training",
    ]
    assert status.total == 28


def test_phases_never_go_back():
    status = Status()
    status.on_line(LOG[-1])
    status.on_line(LOG[0])
    assert status.phase == "training"


def test_resumed_run_starts_at_its_checkpoint():
    status = Status(total=28)
    status.on_line("Resuming from /x/global_step_7, setting global step to 7")
    assert status.step == status.resumed_at == 7


def test_validation_row_is_no_training_step():
    status = Status(total=28)
    assert not status.on_metrics(0, {"val-credit/reasoning/Addition-v0/mean/pass@1": 0.25}, 0.0)
    assert (status.step, status.pass_at_1) == (0, 0.25)
    one, two = (f"val-credit/{name}/mean/pass@1" for name in ("one", "two"))
    assert not status.on_metrics(0, {one: 0.25, two: 0.75}, 0.0)
    assert status.pass_at_1 == 0.5  # the mean over sources


def test_pace_and_time_left_are_wall_time():
    status = Status(total=10)
    row = {"critic/score/mean": 0.5, "perf/time_per_step": 4.0}
    status.on_metrics(1, row, now=100.0)
    assert (status.seconds_per_step, status.seconds_left) == (4.0, 36.0)
    for step in range(2, 9):
        status.on_metrics(step, row, now=100.0 + 6 * step)
    assert status.seconds_per_step == pytest.approx(6.0)
    assert status.seconds_left == pytest.approx(12.0)


def test_groups_without_contrast_and_tokens_per_second():
    status = Status()
    row = {"critic/score/mean": 0.5, "perf/time_per_step": 4.0, "perf/total_num_tokens": 2000}
    status.on_metrics(1, row | {"credit/group/all_fail": 0.25, "credit/group/all_pass": 0.0}, 0.0)
    assert (status.none_solved, status.all_solved) == (0.25, 0.0)
    assert status.tokens_per_second == 500.0
    status.on_metrics(2, {"critic/score/mean": 0.5}, 4.0)
    assert (status.none_solved, status.all_solved, status.tokens_per_second) == (None, None, None)
