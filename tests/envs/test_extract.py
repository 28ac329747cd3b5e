"""Where the final answer is, and where there is none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.verify import extract, verify

FOUND = [
    (r"\boxed{42}", "42"),
    (r"\fbox{42}", "42"),
    (r"\boxed {42}", "42"),
    (r"\boxed{ \frac{1}{2} }", r"\frac{1}{2}"),
    (r"\boxed{\{1,2\}}", r"\{1,2\}"),
    (r"\boxed{\boxed{42}}", "42"),
    (r"stray { and \boxed{42}", "42"),
    (r"stray } and \boxed{42}}", "42"),
    (r"<think>\boxed{7}</think> \boxed{42}", "42"),
    (r"<think>a</think>\boxed{7}.</think> So \boxed{42}", "42"),
    (r"\boxed{7} is wrong, wait. Recomputing, the answer is \boxed{42}.", "42"),
    ("So \\boxed{7}\nNo, I made a mistake there: \\boxed{42}", "42"),
    (r"\boxed{7}? Let me check. \boxed{42} and that is it.", "42"),
    (r"\boxed{42} The final answer is $7$. I hope it is correct.", "42"),
    (r"$$x = 1 \\ \boxed{42}$$", "42"),
]
NOTHING = [
    ("42", "no_answer"),
    ("", "no_answer"),
    (r"\boxed{}", "no_answer"),
    (r"\boxed{  }", "no_answer"),
    (r"\boxed{\boxed{}}", "no_answer"),
    (r"\boxed{42} or so. Then \boxed{}", "no_answer"),
    (r"\boxed{42", "no_answer"),
    (r"\boxed{42}. Then again \boxed{4", "no_answer"),
    (r"\boxed{\boxed{42}", "no_answer"),
    (r"\boxed 42", "no_answer"),
    (r"\boxedx{42}", "no_answer"),
    (r"<think>\boxed{42}", "no_answer"),
    (r"<think>\boxed{42}</think>", "no_answer"),
    (r"$42$ and \boxed{", "no_answer"),
    (r"\boxed{} 42", "no_answer"),
    (r"\boxed{42 or \boxed{43}}", "ambiguous"),
    (r"\boxed{" + "1" * 2001 + "}", "unparsable"),
]
HEDGES = [
    r"\boxed{41} or \boxed{42}",
    r"\boxed{41}, \boxed{42}",
    "\\boxed{41}\n\\boxed{42}",
    r"\boxed{41}. \boxed{42}.",
    r"Either \boxed{41}, i.e. forty-one, or \boxed{42}.",
    r"It is \boxed{41}. It is \boxed{43} or \boxed{42}.",
    r"\boxed{42 \text{ or } 43}",
    r"\boxed{41, 42}",
    r"\boxed{42/43}",
    r"\boxed{x=42 \lor x=43}",
]


@pytest.mark.parametrize(("response", "answer"), FOUND)
def test_found(response, answer):
    found = extract(response)
    assert (found.text, found.verdict) == (answer, "")


@pytest.mark.parametrize(("response", "verdict"), NOTHING)
def test_nothing_to_judge(response, verdict):
    assert extract(response).verdict == verdict
    assert verify("42", response).verdict == verdict


@pytest.mark.parametrize("response", HEDGES)
def test_hedging_pays_nothing(response):
    assert not verify("42", response).correct


def test_repeating_oneself_is_not_hedging():
    assert verify("42", r"\boxed{42}, that is \boxed{42}").correct
    assert verify("0.5", r"\boxed{\frac{1}{2}} = \boxed{0.5}").correct


def test_hedging_between_sentences_of_the_last_answer():
    assert verify("42", r"First \boxed{41} seemed right. But it must be \boxed{42}.").correct
    assert not verify("41", r"First \boxed{41} seemed right. But it must be \boxed{42}.").correct


@pytest.mark.parametrize(
    "response",
    [
        "\\boxed{" * 50_000,
        "\\boxed{" * 20_000 + "1" + "}" * 20_000,
        r"\boxed{1} " * 20_000,
        r"\boxed{1}" + "{" * 200_000,
        "}" * 200_000 + r"\boxed{1}",
        "\\" * 200_001 + "boxed{1}",
        "<think>" * 50_000 + "</think>" * 50_000,
    ],
    ids=["open", "nested", "many", "braces", "closing", "backslashes", "thinking"],
)
def test_time_is_linear(response):
    start = time.thread_time()
    extract(response)
    assert time.thread_time() - start < 1.0


@given(st.text(st.sampled_from(r"\boxed{}fbx .1<think/>"), max_size=120))
def test_any_text_gives_a_balanced_answer(text):
    found = extract(text)
    plain = found.text.replace(r"\{", "").replace(r"\}", "").replace(r"\\", "")
    assert plain.count("{") >= plain.count("}") - plain.count("\\")
    assert bool(found.text) or found.verdict == "no_answer"
