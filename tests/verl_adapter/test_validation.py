"""Exact pass@k against enumeration, and which columns verl gets to bootstrap."""

from __future__ import annotations

import inspect
from itertools import combinations

import pytest

from credit_plugins.verl_adapter.validation import outcome_infos, pass_at_k_metrics


def brute_force(outcomes: list[float], k: int) -> float:
    draws = list(combinations(outcomes, k))
    return sum(max(draw) for draw in draws) / len(draws)


def test_pass_at_k_per_difficulty_and_mean() -> None:
    easy, hard_1, hard_2 = [1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0], [0.0] * 4
    acc = easy + hard_1 + hard_2
    uids = ["e"] * 4 + ["h1"] * 4 + ["h2"] * 4
    difficulty = [1.0] * 4 + [2.0] * 8
    metrics = pass_at_k_metrics(["env"] * 12, uids, {"acc": acc, "difficulty": difficulty})
    for k in (1, 2, 4):
        one = brute_force(easy, k)
        two = (brute_force(hard_1, k) + brute_force(hard_2, k)) / 2
        assert metrics[f"val-credit/env/difficulty=1/pass@{k}"] == pytest.approx(one)
        assert metrics[f"val-credit/env/difficulty=2/pass@{k}"] == pytest.approx(two)
        assert metrics[f"val-credit/env/mean/pass@{k}"] == pytest.approx((one + two) / 2)
    assert metrics["val-credit/env/difficulty=2/problems"] == 2


def test_failed_sessions_and_foreign_rows_are_left_out() -> None:
    infos = {"acc": [1.0, None, 0.0], "difficulty": [3.0, None, 3.0]}
    metrics = pass_at_k_metrics(["env"] * 3, ["a", "a", "b"], infos)
    assert metrics["val-credit/env/difficulty=3/pass@1"] == 0.5
    assert pass_at_k_metrics(["x"], ["a"], {"reward": [1.0]}) == {}


def test_verl_keeps_outcomes_and_loses_timings() -> None:
    infos = {"acc": [1.0], "reward": [1.0], "pred": ["7"], "verify_ms": [0.2], "difficulty": [2.0]}
    assert set(outcome_infos(infos)) == {"acc", "reward", "pred"}


@pytest.mark.parametrize(
    ("acc", "difficulty"),
    [
        (["yes", "no"], [1.0, 1.0]),
        ([85.0, 40.0], [1.0, 1.0]),
        ([[1.0], {}], [1.0, 1.0]),
        ([1.0], [1.0]),
        ([1.0, 0.0], [1.0]),
    ],
)
def test_columns_of_a_foreign_reward_function_end_no_run(acc, difficulty) -> None:
    assert pass_at_k_metrics(["x"] * 2, ["a", "b"], {"acc": acc, "difficulty": difficulty}) == {}


def test_an_outcome_may_be_a_truth_value_and_a_level_a_name() -> None:
    infos = {"acc": [True, False], "difficulty": ["hard", "hard"]}
    assert pass_at_k_metrics(["x"] * 2, ["a", "a"], infos)[
        "val-credit/x/difficulty=hard/pass@1"
    ] == pytest.approx(0.5)


WITHOUT = {"val-credit/x/mean/problems": 2.0, "val-credit/x/mean/pass@1": 0.5}


@pytest.mark.parametrize(
    "difficulty", [[None, None], [[1], {"level": 2}], [float("nan"), float("inf")]]
)
def test_what_is_no_difficulty_makes_a_source_without(difficulty) -> None:
    infos = {"acc": [1.0, 0.0], "difficulty": difficulty}
    assert pass_at_k_metrics(["x"] * 2, ["a", "b"], infos) == WITHOUT
    assert pass_at_k_metrics(["x"] * 2, ["a", "b"], {"acc": [1.0, 0.0]}) == WITHOUT


def test_sources_with_and_without_difficulty_and_their_own_numbers_of_samples() -> None:
    """MATH-500 four times, with levels; Minerva twice, without; one set greedily."""
    one, two, three = [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 1.0], [1.0, 0.0]
    sources = ["math"] * 8 + ["minerva"] * 4 + ["greedy"] * 2
    uids = [*"aaaabbbbccdd", "e", "f"]
    acc = one + two + three + [0.0, 0.0] + [1.0, 0.0]
    difficulty = [1.0] * 4 + [2.0] * 4 + [None] * 6
    metrics = pass_at_k_metrics(sources, uids, {"acc": acc, "difficulty": difficulty})
    for k in (1, 2, 4):
        mean = (brute_force(one, k) + brute_force(two, k)) / 2
        assert metrics[f"val-credit/math/mean/pass@{k}"] == pytest.approx(mean)
    for k in (1, 2):
        mean = (brute_force(three, k) + 0.0) / 2
        assert metrics[f"val-credit/minerva/mean/pass@{k}"] == pytest.approx(mean)
    assert metrics["val-credit/greedy/mean/pass@1"] == 0.5
    problems = {k: v for k, v in metrics.items() if k.endswith("problems")}
    assert problems == {
        "val-credit/math/difficulty=1/problems": 1.0,
        "val-credit/math/difficulty=2/problems": 1.0,
        "val-credit/minerva/mean/problems": 2.0,
        "val-credit/greedy/mean/problems": 2.0,
    }
    assert not {k for k in metrics if "minerva" in k and "pass@4" in k}


def test_verls_own_summary_takes_each_sources_number_of_samples() -> None:
    from verl.trainer.ppo.metric_utils import process_validation_metrics

    sources, uids = ["many"] * 8 + ["greedy"] * 2, [*"aaaabbbb", "c", "d"]
    infos = {"acc": [1.0, 0.0, 0.0, 1.0] * 2 + [1.0, 0.0], "pred": ["7"] * 10}
    expected = {("many", "a"): 4, ("many", "b"): 4, ("greedy", "c"): 1, ("greedy", "d"): 1}
    counts = {"expected_acc_counts": expected}  # which verl 0.9.0 does not know
    known = inspect.signature(process_validation_metrics).parameters
    given = {name: value for name, value in counts.items() if name in known}
    found = process_validation_metrics(sources, uids, infos, **given)
    assert found["many"]["acc"]["mean@4"] == 0.5
    assert found["greedy"]["acc"] == {"mean@1": 0.5}
