"""Where the final answer is, and where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.verify import extract, verify
from envs.verify.answer import extract as extraction
from envs.verify.answer import formats
from envs.verify.answer.extract import MAX_ANSWER_CHARS, after_thinking
from envs.verify.answer.formats import ANSWER_FORMATS
from envs.verify.compare.equivalence import decide

from ...counting import calls

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
    (r"<thinking>\boxed{7}</thinking> \boxed{42}", "42"),
    (r"I will put it in \boxed{}: \boxed{42}", "42"),
    (r"\boxed{7}. Oh, I forgot a case. \boxed{42}", "42"),
    (r"$\boxed42$", "42"),
    (r"$\boxed 42.$", "42"),
    (r"The answer is \boxed{42}, not \boxed{7}.", "42"),
    (r"It isn't \boxed{7} but \boxed{42}.", "42"),
    (r"\boxed{7} is wrong. So it is \boxed{42}", "42"),
    (r"It is not hard to see that it is \boxed{42}.", "42"),
    (r"All are prime except \boxed{42}, which is not.", "42"),
    (r"No root other than \boxed{42} is positive.", "42"),
    (r"It cannot exceed \boxed{42}, which is not prime.", "42"),
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
    (r"\boxed x", "no_answer"),
    (r"\boxed 4x", "no_answer"),
    (r"\boxedx{42}", "no_answer"),
    (r"<think>\boxed{42}", "no_answer"),
    (r"<think>\boxed{42}</think>", "no_answer"),
    (r"<think>a</think> \boxed{41} <think>\boxed{42}", "no_answer"),
    (r"$42$ and \boxed{", "no_answer"),
    (r"\boxed{} 42", "no_answer"),
    (r"\boxed{42 or \boxed{43}}", "ambiguous"),
    (r"\boxed{" + "1" * 2001 + "}", "unparsable"),
]
HEDGES = [
    r"\boxed{41} or \boxed{42}",
    r"\boxed{41}, \boxed{42}",
    "\\boxed{41}\n\\boxed{42}",
    "$$\n\\boxed{41}\n$$ or $$\n\\boxed{42}\n$$",
    "\\boxed{41}.\n\nOr maybe it is \\boxed{42}.",
    "\\boxed{41}. Also \\boxed{42}.",
    "1. \\boxed{41}\n2. \\boxed{42}",
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
    assert (found.text, found.problem) == (answer, "")


@pytest.mark.parametrize(("response", "verdict"), NOTHING)
def test_nothing_to_judge(response, verdict):
    assert extract(response).problem == verdict
    assert verify("42", response).outcome == verdict


@pytest.mark.parametrize("response", HEDGES)
def test_hedging_pays_nothing(response):
    assert not verify("42", response).correct


TAGGED = [
    ("<answer>42</answer>", "42"),
    ("<answer>\n 42 \n</answer>", "42"),
    ("<Answer>42</Answer >", "42"),
    (r"<answer>\boxed{42}</answer>", "42"),
    (r"<answer>So it is $\boxed{42}$.</answer>", "42"),
    ("<answer></answer> go the tags: <answer>42</answer>", "42"),
    ("<answer>7</answer>. No, that was wrong.\n<answer>42</answer>", "42"),
    ("<think><answer>7</answer></think><answer>42</answer>", "42"),
    (r"\boxed{7} <answer>42</answer>", "42"),
    ("</answer> <answer>42</answer> </answer>", "42"),
    (r"<answer>x < 5</answer>", "x < 5"),
]
NOT_TAGGED = [
    ("42", "no_answer"),
    (r"\boxed{42}", "no_answer"),
    ("#### 42", "no_answer"),
    ("<answer></answer>", "no_answer"),
    ("<answer> </answer>", "no_answer"),
    ("<answer>42", "no_answer"),
    ("<answer>42</answer>. Wait: <answer>4", "no_answer"),
    ("<answer><answer>42</answer>", "no_answer"),
    ("<answer>41 <answer>42</answer></answer>", "no_answer"),
    ("<answers>42</answers>", "no_answer"),
    ("<think><answer>42</answer>", "no_answer"),
    (r"<answer>\boxed{}</answer>", "no_answer"),
    (r"<answer>42 \boxed{</answer>", "no_answer"),
    ("<answer>" + "1" * 2001 + "</answer>", "unparsable"),
]
HASHED = [
    ("#### 42", "42"),
    ("####42", "42"),
    ("6 * 7 = <<6*7=42>>42\n#### 42\n", "42"),
    ("The answer is #### 42\nThat is all.", "42"),
    ("#### Step 2\nWe multiply.\n#### 42", "42"),
    ("#### 7\nThat was wrong.\n#### 42", "42"),
    (r"#### \boxed{42}", "42"),
    (r"#### The answer is $\boxed{42}$.", "42"),
    ("<think>\n#### 7</think>\n#### 42", "42"),
    (r"\boxed{7}" + "\n#### 42", "42"),
    ("####\n#### 42", "42"),
]
NOT_HASHED = [
    ("42", "no_answer"),
    (r"\boxed{42}", "no_answer"),
    ("####", "no_answer"),
    ("####\n42", "no_answer"),
    ("#### 7\nNo, wait.\n####", "no_answer"),
    ("### 42", "no_answer"),
    ("##### 42", "no_answer"),
    ("<think>#### 42", "no_answer"),
    ("#### " + "1" * 2001, "unparsable"),
]
OTHER_HEDGES = [
    ("answer_tag", "<answer>41</answer> or <answer>42</answer>"),
    ("answer_tag", "<answer>41</answer><answer>42</answer>"),
    ("answer_tag", "<answer>41</answer>\n<answer>42</answer>"),
    ("answer_tag", r"<answer>\boxed{41} or \boxed{42}</answer>"),
    ("answer_tag", r"<answer>\boxed{41}</answer> or <answer>\boxed{42}</answer>"),
    ("answer_tag", "<answer>41 or 42</answer>"),
    ("hash", "#### 41 #### 42"),
    ("hash", "#### 41\n#### 42"),
    ("hash", "#### 41\nOr perhaps\n#### 42"),
    ("hash", r"#### \boxed{41} or \boxed{42}"),
    ("hash", "#### 41 or 42"),
]


@pytest.mark.parametrize(
    ("answer_format", "response", "answer"),
    [("answer_tag", *row) for row in TAGGED] + [("hash", *row) for row in HASHED],
)
def test_found_in_another_format(answer_format, response, answer):
    found = extract(response, answer_format)
    assert (found.text, found.problem) == (answer, "")


@pytest.mark.parametrize(
    ("answer_format", "response", "verdict"),
    [("answer_tag", *row) for row in NOT_TAGGED] + [("hash", *row) for row in NOT_HASHED],
)
def test_nothing_to_judge_in_another_format(answer_format, response, verdict):
    assert extract(response, answer_format).problem == verdict


@pytest.mark.parametrize(("answer_format", "response"), OTHER_HEDGES)
def test_hedging_pays_nothing_in_another_format(answer_format, response):
    found = extract(response, answer_format)
    for answer in ("41", "42"):
        rivals_agree = all(decide(found.text, rival).correct for rival in found.rivals)
        assert not (rivals_agree and decide(answer, found.text).correct)


def test_an_unknown_format_is_refused():
    with pytest.raises(ValueError, match="'box'; known are boxed, answer_tag, hash"):
        extract("42", "box")


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
        "<answer>1</answer> " * 20_000,
        "<answer>" * 50_000,
        "#### 1 " * 50_000,
        "#" * 200_000,
        "#### 1\n" * 50_000,
    ],
    ids=[
        "open", "nested", "many", "braces", "closing", "backslashes", "thinking", "tags",
        "open tags", "hashes", "hash", "hash lines",
    ],
)  # fmt: skip
@pytest.mark.parametrize("answer_format", ANSWER_FORMATS)
def test_a_response_is_gone_over_once_and_its_answer_a_few_times(
    response, answer_format, monkeypatch
):
    """In characters that the scanners are given; `bench_long_text.py` has the seconds."""
    given = []
    counted = dict(formats.FORMATS)
    for name, form in formats.FORMATS.items():

        def scan(text, scan=form.scan):
            given.append(len(text))
            return scan(text)

        counted[name] = replace(form, scan=scan)
    monkeypatch.setattr(formats, "FORMATS", counted)
    monkeypatch.setattr(extraction, "boxes", counted["boxed"].scan)
    extract(response, answer_format)
    assert given[0] == len(after_thinking(response))
    assert max(given[1:], default=0) <= MAX_ANSWER_CHARS
    assert sum(given) <= len(response) * (1 + MAX_ANSWER_CHARS // len(r"\boxed{"))
    assert calls(extract, response, answer_format) < 20 * len(response)


PIECES = [*"\\{} .1\n", r"\boxed{", "<answer>", "</answer>", "####", "<think>", "</think>", " or "]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_an_answer_or_a_reason_in_every_format(text):
    for answer_format in ANSWER_FORMATS:
        found = extract(text, answer_format)
        assert bool(found.text) or found.problem == "no_answer"
        assert found.text == found.text.strip()
        assert found.text in text


@given(st.text(st.sampled_from(r"\boxed{}fbx .1<think/>"), max_size=120))
def test_any_text_gives_a_balanced_answer(text):
    found = extract(text)
    plain = found.text.replace(r"\{", "").replace(r"\}", "").replace(r"\\", "")
    assert plain.count("{") >= plain.count("}") - plain.count("\\")
    assert bool(found.text) or found.problem == "no_answer"
