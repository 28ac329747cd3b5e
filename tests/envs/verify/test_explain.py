"""A verdict in words: each reason names what decided."""

from __future__ import annotations

import pytest

from envs.verify import verify
from envs.verify.explain import explain

CORRECT = [
    ("42", r"\boxed{42}", "string", "written the same"),
    (r"\frac12", r"\boxed{0.5}", "exact", "exactly 1/2"),
    (r"\{1,2\}", r"\boxed{\{2,1\}}", "typed", "part by part"),
    (r"2\sqrt3", r"\boxed{\sqrt{12}}", "symbolic", "Algebra proves"),
]
WRONG = [
    ("42", "42", r"has no \boxed{...}"),
    ("42", r"\boxed{}", r"last \boxed{...} is empty"),
    ("42", r"\boxed{42", "never closed"),
    ("42", r"<think>\boxed{42}", "after the thinking block"),
    ("42", r"\boxed{41} or \boxed{42}", "side by side: 41 and 42"),
    ("42", r"\boxed{42 \boxed{43}}", "inside another"),
    ("42", r"\boxed{" + "1" * 3000 + "}", "longer than 2000"),
    (r"\frac13", r"\boxed{0.33}", "33/100 is not exactly 1/3"),
    (r"5\text{ cm}", r"\boxed{5\text{ m}}", "unit is m, and should be cm"),
    ("11_2", r"\boxed{11_3}", "base is 3, and should be 2"),
    ("x=5", r"\boxed{y=5}", "given to y, and should be to x"),
    ("(1,2)", r"\boxed{[1,2]}", "brackets are [], and should be ()"),
    ("(1,2)", r"\boxed{\{1,2\}}", "correct answer is a tuple or interval, this one a set"),
    ("(1,2)", r"\boxed{(2,1)}", "A part of the answer differs"),
    (r"\sqrt2", r"\boxed{\sqrt3}", "no proof that they are equal"),
    (r"\frac{1}{2x}", r"\boxed{1/2x}", "more than one"),
]
FORMATS = [
    ("answer_tag", r"\boxed{42}", "has no <answer>...</answer>"),
    ("answer_tag", "<answer>", "<answer>...</answer> is empty, or one is never closed"),
    ("hash", "42", "has no #### ..."),
    ("hash", "#### 41 #### 42", "side by side: 41 and 42"),
]


@pytest.mark.parametrize(("gold", "response", "tier", "words"), CORRECT)
def test_why_correct(gold, response, tier, words):
    told = explain(gold, response, timeout=20)
    assert told.verdict.correct
    assert told.verdict.tier == tier
    assert words in told.why


@pytest.mark.parametrize(("gold", "response", "words"), WRONG)
def test_why_wrong(gold, response, words):
    told = explain(gold, response, timeout=20)
    assert not told.verdict.correct
    assert words in told.why
    assert (told.answer is None) == (told.verdict.tier == "extract")


@pytest.mark.parametrize(("answer_format", "response", "words"), FORMATS)
def test_why_wrong_in_another_format(answer_format, response, words):
    assert words in explain("42", response, answer_format=answer_format).why


def test_readings_are_of_both_sides():
    told = explain(r"So \boxed{\frac{2}{4}}", r"\boxed{x = 0.5}")
    assert (told.gold.text, told.gold.kind, told.gold.normal) == (
        r"\frac{2}{4}", "an exact number", "1/2",
    )  # fmt: skip
    assert (told.answer.kind, told.answer.normal) == ("a named value", "1/2")


def test_it_says_what_verify_says():
    for gold, response, *_ in CORRECT + WRONG:
        given, told = (
            verify(gold, response, timeout=20),
            explain(gold, response, timeout=20).verdict,
        )
        assert (told.outcome, told.tier, told.extracted) == (
            given.outcome, given.tier, given.extracted,
        )  # fmt: skip


def test_a_percent_sign_that_the_set_leaves_out_is_the_reason():
    told = explain("20", r"\boxed{20\%}", percent="strip")
    assert told.verdict.correct
    assert told.why == "Without percent signs, as this set has it, they are equal."
    told = explain("0.2", r"\boxed{20\%}", percent="strip")
    assert told.why == "Both are exactly 1/5."
