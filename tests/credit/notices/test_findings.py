"""What a notice says was seen, and what it advises."""

from __future__ import annotations

import pytest

from credit_plugins.notices import Facts, Notice, NoticesConfig, Sample, Watch

FULL = Facts(beta=0.1, planners=("sepa", "hicra"), gate=0.1)
DEAD = {"credit/group/mixed": 0.0}


def notice(metrics: dict[str, float], facts: Facts = FULL) -> Notice:
    given, _ = Watch(facts, NoticesConfig(after=1)).observe(1, metrics)
    return given[0]


@pytest.mark.parametrize(
    ("verdicts", "seen", "advice"),
    [
        ({"no_answer": 97, "wrong": 3}, "97% no_answer, 3% wrong", "how to mark its answer"),
        ({"ambiguous": 40, "unparsable": 30, "wrong": 30}, "40% ambiguous", "how to mark"),
        ({"wrong": 90, "no_answer": 10}, "90% wrong, 10% no_answer", "easier tasks"),
        ({"correct": 100}, "100% correct", "harder tasks"),
        ({"correct": 45, "wrong": 55}, "55% wrong, 45% correct", "rollouts of one prompt differ"),
        ({"timeout": 80, "wrong": 20}, "80% timeout", "check-env"),
    ],
)
def test_the_advice_follows_the_outcomes(verdicts, seen, advice) -> None:
    said = notice(DEAD | {f"env/verdict/{name}": float(n) for name, n in verdicts.items()})
    assert seen in said.seen[0]
    assert advice in said.change[0]
    assert len(said.change) == 1


def test_failed_environments_are_an_outcome() -> None:
    said = notice(DEAD | {"env/error": 60.0, "env/verdict/wrong": 40.0})
    assert "60% env_error, 40% wrong" in said.seen[0]
    assert "check-env" in said.change[0]


def test_another_reward_function_is_named_as_the_cause_to_look_at() -> None:
    said = notice(DEAD | {"credit/correct_rate": 0.25})
    assert said.seen == ("25% of the rollouts were correct.",)
    assert "reward function" in said.change[0]
    assert notice(DEAD).seen == ()


def test_flat_weights_are_told_apart_by_their_cause() -> None:
    flat = {"credit/weight/cosine": 1.0, "credit/planning_ratio": 0.0}
    pooled = notice(flat | {"credit/sepa/lam": 1.0}, Facts(beta=0.1))
    assert "lambda was 1.00 and no token was planning" in pooled.seen[1]
    assert "mined grams" in pooled.change[0]
    certain = notice(flat | {"credit/sepa/lam": 0.0}, Facts(beta=0.1))
    assert "same at every token" in certain.seen[1]
    assert "temperature" in certain.change[0]


def test_missing_planning_names_only_the_operators_that_read_it() -> None:
    without = {"credit/planning_ratio": 0.0}
    assert notice(without, Facts(planners=("hicra",))).seen == ("HICRA amplifies none.",)
    both = notice(without, Facts(planners=("sepa", "hicra"))).seen[0]
    assert both == "SEPA pools every token of a completion and HICRA amplifies none."


def test_a_notice_is_the_same_after_a_line_of_json() -> None:
    said = notice(DEAD).told(("more.",), (Sample.of("p", "r", "wrong"),))
    assert Notice.from_row(said.as_row()) == said


def test_the_text_shows_samples_line_by_line_and_cuts_long_ones() -> None:
    long = "begin" + "x" * 5000 + "end"
    said = notice(DEAD).told((), (Sample.of("What is\n1+1?", long, "wrong"), Sample.of("q", "")))
    lines = said.text().splitlines()
    assert "    | What is" in lines
    assert "    | 1+1?" in lines
    assert "  It wrote (wrong):" in lines
    (cut,) = [line for line in lines if "more characters" in line]
    assert cut.startswith("    | beginx")
    assert cut.endswith("xend")
    assert len(cut) < 700
    assert "    | (nothing)" in lines
