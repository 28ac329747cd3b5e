"""Why rewards are 0: verdicts, failures and verification times of a batch."""

from __future__ import annotations

import pytest

from credit_plugins.verl_adapter.outcomes import outcome_metrics

GOOD = {"verdict": "correct", "env_error": 0.0, "has_answer": 1.0, "turn": 1.0, "verify_ms": 0.0}


def test_counts_by_verdict_and_failures_apart():
    infos = [
        GOOD,
        GOOD | {"verdict": "timeout", "verify_ms": 3000.0, "turn": 3.0},
        GOOD | {"verdict": "no_answer", "has_answer": 0.0},
        GOOD | {"verdict": "env_error", "env_error": 1.0, "has_answer": 0.0, "turn": 0.0},
    ]
    assert outcome_metrics(infos) == {
        "env/verdict/correct": 1.0,
        "env/verdict/timeout": 1.0,
        "env/verdict/no_answer": 1.0,
        "env/error": 1.0,
        "env/has_answer": 0.5,
        "env/turns/mean": 1.25,
        "env/verify_ms/mean": 3000.0,
        "env/verify_ms/p95": 3000.0,
        "env/verify_ms/max": 3000.0,
    }


@pytest.mark.parametrize(
    "infos", [[], [{}], [{"acc": 1.0}], [{"verdict": None, "env_error": None}]]
)
def test_agent_loops_that_are_not_ours_give_none(infos):
    assert outcome_metrics(infos) == {}


def test_names_do_not_make_verl_add_them_up():
    """verl reduces a metric by words in its name."""
    for name in outcome_metrics([GOOD | {"verify_ms": 1.0}]):
        assert "sum" not in name
        assert "total" not in name


FOREIGN = [
    {"verdict": "looks good"},
    {"verdict": 3, "has_answer": 1.0, "verify_ms": 0.0},
    {"verdict": ["right"], "has_answer": "yes", "verify_ms": None},
    {"verdict": "correct", "has_answer": 1.0, "verify_ms": "slow"},
    {"verdict": "correct", "has_answer": float("nan"), "verify_ms": 0.0},
]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_foreign_verdict_is_none_of_ours_and_ends_no_run(foreign):
    assert outcome_metrics([foreign]) == {}
    assert outcome_metrics([GOOD, foreign]) == outcome_metrics([GOOD])


def test_one_foreign_value_leaves_the_others_standing():
    metrics = outcome_metrics([GOOD | {"turn": "first", "env_error": "none"}, GOOD])
    assert metrics["env/turns/mean"] == 1.0
    assert metrics["env/error"] == 0.0


def test_several_sources_are_told_apart():
    infos = [
        GOOD | {"source": "sums", "acc": 1.0},
        GOOD | {"source": "sums", "acc": 0.0},
        GOOD | {"source": "words", "acc": 1.0},
    ]
    metrics = outcome_metrics(infos)
    assert (metrics["env/acc/sums"], metrics["env/acc/words"]) == (0.5, 1.0)
    assert not any("/acc/" in name for name in outcome_metrics(infos[:2]))
