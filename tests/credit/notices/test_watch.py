"""Each notice is given where it should be, and none of a healthy run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from credit_plugins.notices import FINDINGS, Facts, Notice, NoticesConfig, Watch

HERE = Path(__file__).parent
# The numbers of the recipe cpu_addition.
CHAIN = Facts(beta=0.1, planners=("sepa", "hicra"), gate=0.1, delay=5)
HEALTHY = {
    "credit/group/mixed": 0.8,
    "credit/correct_rate": 0.4,
    "credit/planning_ratio": 0.04,
    "credit/weight/cosine": 0.985,
    "credit/sepa/lam": 0.3,
    "credit/sepa/lam_gate": 1.0,
    "env/verdict/correct": 40.0,
    "env/verdict/wrong": 60.0,
}
DEAD = {
    "credit/group/mixed": 0.0,
    "credit/correct_rate": 0.0,
    "env/verdict/no_answer": 97.0,
    "env/verdict/wrong": 3.0,
    "env/verdict/correct": 0.0,
}
ILL = {
    "dead_run": DEAD,
    "no_planning": {"credit/planning_ratio": 0.0},
    "uniform_weights": {"credit/weight/cosine": 1.0 - 1e-7},
    "closed_gate": {
        "credit/sepa/lam_gate": 0.0,
        "credit/sepa/lam": 0.0,
        "credit/correct_rate": 0.031,
    },
}


def real(name: str) -> dict[int, dict[str, float]]:
    """Metrics of a run of cpu_addition; ``mixed`` was not logged then, but follows from two."""
    rows = map(json.loads, (HERE / f"{name}.jsonl").read_text().splitlines())
    return {row["step"]: row["data"] | {"credit/group/mixed": mixed(row["data"])} for row in rows}


def mixed(data: dict[str, float]) -> float:
    return 1 - data["credit/group/all_fail"] - data["credit/group/all_pass"]


def watch(after: int = 3, facts: Facts = CHAIN) -> Watch:
    return Watch(facts, NoticesConfig(after=after))


def run(
    watching: Watch, metrics: dict[str, float], steps: range, last: int | None = None
) -> list[Notice]:
    return [
        notice for step in steps for notice in watching.observe(step, metrics, last=step == last)[0]
    ]


def test_a_healthy_real_run_says_nothing() -> None:
    watching, rows = watch(after=3), real("healthy")
    assert len(rows) >= 20
    for step, metrics in rows.items():
        assert watching.observe(step, metrics, last=step == max(rows)) == ([], [])
        assert set(watching.metrics().values()) == {0.0}


def test_a_real_run_whose_engine_had_wrong_weights_says_what_was_seen() -> None:
    """Every rollout was no_answer because vLLM sampled from other weights."""
    watching, rows = watch(after=2), real("dead")
    for metrics in rows.values():  # what verl logs of it was not kept; this is of its size
        metrics["training/rollout_probs_diff_mean"] = 0.31
    assert watching.observe(1, rows[1]) == ([], [])
    dead, planning = watching.observe(2, rows[2])[0]
    assert dead.key == "dead_run"
    assert "(at steps 1 to 2)" in dead.title
    assert "100% no_answer" in dead.seen[0]
    assert "disagree by 0.31 on average" in dead.seen[1]
    assert "rollout engine" in dead.change[0]
    assert planning.key == "no_planning"


@pytest.mark.parametrize("key", ILL)
def test_each_notice_is_given_after_so_many_steps_in_a_row(key: str) -> None:
    watching, ill = watch(after=3), HEALTHY | ILL[key]
    assert run(watching, HEALTHY, range(1, 11)) == []
    assert run(watching, ill, range(11, 13)) == []
    assert watching.metrics()[f"credit/notice/{key}"] == 0.0
    (notice,) = run(watching, ill, range(13, 30))
    assert (notice.key, notice.since, notice.step) == (key, 11, 13)
    assert notice.seen
    assert notice.change
    assert watching.metrics() == {finding.metric: float(finding.key == key) for finding in FINDINGS}


@pytest.mark.parametrize("key", ILL)
def test_one_good_step_begins_the_count_again(key: str) -> None:
    watching, ill = watch(after=3), HEALTHY | ILL[key]
    for step in range(6, 40):
        metrics = HEALTHY if step % 3 == 0 else ill
        assert watching.observe(step, metrics, last=step == 39) == ([], [])


@pytest.mark.parametrize("key", ILL)
def test_what_is_over_is_said_once_and_can_come_back(key: str) -> None:
    watching, ill = watch(after=3), HEALTHY | ILL[key]
    assert len(run(watching, ill, range(6, 12))) == 1
    assert watching.observe(12, HEALTHY) == ([], [key])
    assert watching.metrics()[f"credit/notice/{key}"] == 0.0
    assert watching.observe(13, HEALTHY) == ([], [])
    assert len(run(watching, ill, range(14, 20))) == 1


@pytest.mark.parametrize("key", ILL)
def test_what_still_holds_is_said_again_at_the_last_step(key: str) -> None:
    first, again = run(watch(after=3), HEALTHY | ILL[key], range(6, 21), last=20)
    assert (first.step, again.step) == (8, 20)
    assert "(at steps 6 to 20)" in again.title


def test_a_short_run_that_is_dead_from_the_first_step_says_so_at_its_end() -> None:
    (notice,) = run(watch(after=10), HEALTHY | DEAD, range(1, 4), last=3)
    assert notice.key == "dead_run"
    watching = watch(after=10)
    assert run(watching, HEALTHY, range(1, 2)) == []
    assert run(watching, HEALTHY | DEAD, range(2, 4), last=3) == []
    assert run(watch(after=10), HEALTHY | ILL["no_planning"], range(1, 4), last=3) == []


def test_a_resumed_run_counts_on() -> None:
    before, after = watch(after=10), watch(after=10)
    assert run(before, HEALTHY | DEAD, range(1, 8)) == []
    after.restore(json.loads(json.dumps(before.state())))
    assert run(after, HEALTHY | DEAD, range(8, 10)) == []
    (notice,) = run(after, HEALTHY | DEAD, range(10, 15))
    assert (notice.since, notice.step) == (1, 10)
    again = watch(after=10)
    again.restore(json.loads(json.dumps(after.state())))
    assert run(again, HEALTHY | DEAD, range(15, 30)) == []  # it was said before
    assert again.metrics()["credit/notice/dead_run"] == 1.0


def test_computing_a_step_twice_counts_once_and_one_of_them_can_refute() -> None:
    watching = watch(after=3)
    for step in (6, 6, 7, 7):
        assert watching.observe(step, HEALTHY | DEAD) == ([], [])
    assert len(watching.observe(8, HEALTHY | DEAD)[0]) == 1
    assert watching.observe(8, HEALTHY) == ([], ["dead_run"])


def test_a_metric_that_is_not_there_is_no_finding() -> None:
    assert run(watch(after=1), {}, range(1, 5), last=4) == []


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        (Facts(planners=("sepa",), gate=0.1), "uniform_weights"),  # beta=0 is a choice
        (Facts(beta=0.1, gate=0.1), "no_planning"),  # nobody reads planning tokens
        (Facts(beta=0.1, planners=("sepa",)), "closed_gate"),
    ],
)
def test_a_users_own_choice_is_no_finding(facts: Facts, key: str) -> None:
    watching = watch(after=2, facts=facts)
    assert run(watching, HEALTHY | ILL[key], range(1, 9), last=8) == []
    assert f"credit/notice/{key}" not in watching.metrics()


@pytest.mark.parametrize(
    ("beta", "cosine", "uniform"),
    [
        (0.1, 0.9855, False),  # a signal as spread as in real runs
        (0.1, 0.9995, False),  # within 1e-3 only because beta is small
        (0.1, 1 - 0.9e-5, True),
        (1.0, 0.9991, True),
        (1.0, 0.9989, False),
    ],
)
def test_weights_are_judged_by_the_signal_and_not_by_beta(beta, cosine, uniform) -> None:
    metrics = HEALTHY | {"credit/weight/cosine": cosine}
    assert bool(run(watch(1, Facts(beta=beta)), metrics, range(1, 2))) == uniform


def test_the_gate_counts_only_steps_at_which_lambda_could_be_above_zero() -> None:
    (notice,) = run(watch(after=3), HEALTHY | ILL["closed_gate"], range(1, 12))
    assert (notice.since, notice.step) == (6, 8)
    assert "gate=0.1" in notice.seen[0]
    assert "3.1%" in notice.seen[0]


def test_a_dead_run_is_not_also_told_about_its_gate() -> None:
    keys = [n.key for n in run(watch(after=3), HEALTHY | ILL["closed_gate"] | DEAD, range(1, 20))]
    assert keys == ["dead_run"]


def test_deciding_needs_no_torch() -> None:
    code = "import sys, credit_plugins.notices; assert not {'torch', 'verl'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
