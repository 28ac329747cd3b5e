"""One grade for all: environments, the reward function, the command line, the audit of data."""

from __future__ import annotations

import asyncio

import pytest

from envs.base import ReasoningEnv, Task
from envs.dataset.audit import audit
from envs.dataset.row import Row
from envs.reward_function import compute_score
from envs.verify import Verdict, settle, verify
from envs.verify.explain import explain

SUM = ("What is 47+38?", "85")
CASES = [
    (*SUM, r"\boxed{85}", True),
    (*SUM, r"\boxed{85.0}", True),
    (*SUM, r"\boxed{40+45}", True),  # another formula: the question does not hold it
    (*SUM, r"\boxed{47+38}", False),
    (*SUM, r"\boxed{47 + 38}", False),
    (*SUM, r"\boxed{84}", False),
    (*SUM, "85", False),
    ("Write $x+1$ as it is.", "x+1", r"\boxed{x+1}", True),  # the gold itself
    (r"Expand $(x+1)^2$.", "x^2+2x+1", r"\boxed{x^2+2x+1}", True),
    (r"Expand $(x+1)^2$.", "x^2+2x+1", r"\boxed{(x+1)^2}", False),
    (r"Find the angle in $[0, \pi/2]$.", r"\frac{\pi}{2}", r"\boxed{\pi/2}", True),
]


class Asks(ReasoningEnv):
    def __init__(self, question, answer):
        super().__init__()
        self.given = Task(question, answer)

    def sample_task(self, rng):
        return self.given


def by_environment(question, gold, response):
    env = Asks(question, gold)
    env.reset(seed=0)
    return env.step(response)[1] == 1.0


def by_reward_function(question, gold, response):
    row = {"question": question}
    return asyncio.run(compute_score("mine", response, gold, row))["score"] == 1.0


def by_verify(question, gold, response):
    return verify(gold, response, question=question).correct


def by_explain(question, gold, response):
    return explain(gold, response, question=question).verdict.correct


def by_audit(question, gold, response):
    """Whether a worked solution counts as ending in the gold, so that none is appended."""
    (row,) = audit([Row("a", "train", question, gold, solution=response)]).kept
    return row.solution == response


@pytest.mark.parametrize(
    "judge", [by_environment, by_reward_function, by_verify, by_explain, by_audit]
)
@pytest.mark.parametrize(("question", "gold", "response", "paid"), CASES)
def test_all_pay_the_same(judge, question, gold, response, paid):
    assert judge(question, gold, response) is paid


def test_without_the_question_only_values_count():
    assert verify("85", r"\boxed{47+38}").correct
    assert asyncio.run(compute_score("mine", r"\boxed{47+38}", "85"))["score"] == 1.0
    for question in (None, 3, ["What is 47+38?"]):
        row = {"question": question}
        assert asyncio.run(compute_score("mine", r"\boxed{47+38}", "85", row))["score"] == 1.0


def test_a_gold_in_a_box_is_no_copy_either():
    question, gold = "Write $x+1$ as it is.", r"\boxed{x+1}"
    assert by_environment(question, gold, r"\boxed{x+1}")
    assert by_verify(question, gold, r"\boxed{x+1}")


def test_a_copied_answer_is_explained():
    told = explain("85", r"\boxed{47+38}", question=SUM[0])
    assert (told.verdict.outcome, told.verdict.finished) == ("wrong", False)
    assert "copied out of the question" in told.why


@pytest.mark.parametrize("outcome", ["no_answer", "ambiguous", "unparsable"])
def test_what_holds_no_answer_is_not_asked_whether_it_is_finished(outcome):
    verdict = Verdict(outcome, "", "", "extract", 0.0)
    assert settle(verdict, lambda answer: 1 / 0) is verdict


def test_an_own_check_needs_no_gold():
    class Free(Asks):
        def check(self, task, answer):
            return answer == "yes"

    env = Free("Say yes.", "")
    env.reset(seed=0)
    assert env.step(r"\boxed{yes}")[1] == 1.0


@pytest.mark.parametrize(
    ("gold", "answer", "exact", "strip"),
    [
        ("20", r"20\%", False, True),
        (r"20\%", "20", False, True),
        (r"20\%", "0.2", True, True),
        (r"20\%", r"20\%", True, True),
        ("20", r"20 \text{ percent}", False, True),
        ("20", "20 percent", False, True),
        ("17.5%", "17.5", False, True),
        (r"10\%, 20\%", "10, 20", False, True),
        ("20", r"21\%", False, False),
        ("20", r"20\% \text{ of } 50", False, False),
        (r"\frac{1}{3}", r"\frac{100}{3}\%", True, True),
        (r"\frac{x}{2}", r"\frac{x}{2}", True, True),
    ],
)
def test_percent_is_a_rule_of_the_set(gold, answer, exact, strip):
    response = rf"\boxed{{{answer}}}"
    assert verify(gold, response).correct is exact
    assert verify(gold, response, percent="strip").correct is strip


def test_an_unknown_rule_for_percent_is_refused():
    with pytest.raises(ValueError, match="percent must be one of exact, strip; got 'never'"):
        verify("20", r"\boxed{20}", percent="never")


def test_the_answer_is_shown_as_it_was_written():
    assert verify("20", r"\boxed{20\%}", percent="strip").extracted == r"20\%"
