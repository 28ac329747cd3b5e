"""`verl-credit verify` as a user types it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from recipes.cli import app


def invoke(*arguments, stdin=None):
    return CliRunner().invoke(app, ["verify", *arguments], input=stdin, env={"COLUMNS": "120"})


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (("42", r"So \boxed{42}."), 0, "correct"),
        (("42", r"\boxed{43}"), 1, "wrong"),
        (("-5", r"\boxed{-5}"), 0, "correct"),
        (("42", r"\boxed{41} or \boxed{42}"), 1, "ambiguous"),
        (("-5", "-5", "--bare"), 0, "correct"),
        (("42", "#### 42", "--format", "hash"), 0, "correct"),
        (("42", "<answer>42</answer>", "--format", "answer_tag"), 0, "correct"),
    ],
)
def test_verdict_and_exit_status(arguments, status, word):
    result = invoke(*arguments)
    assert result.exit_code == status, result.output
    assert result.output.startswith(word)


def test_without_a_box_it_says_so_and_how_to_go_on():
    result = invoke("42", "42")
    assert result.exit_code == 1
    assert r"no \boxed{...}" in result.output
    assert "--bare" in result.output


def test_a_formula_is_paid_for_its_value_unless_the_question_asks_for_it():
    told = invoke("85", r"\boxed{47+38}")
    assert told.exit_code == 0
    assert "--question" in told.output
    told = invoke("85", r"\boxed{47+38}", "--question", "What is 47+38?", "--explain")
    assert told.exit_code == 1
    assert "copied out of the question" in told.output
    assert "--question" not in invoke("85", r"\boxed{85}").output


def test_standard_input():
    assert invoke("42", "-", stdin="Work.\n\\boxed{42}\n").exit_code == 0
    assert invoke("42", "-", "--bare", stdin=" 42\n").exit_code == 0


def test_explain_shows_both_sides_the_tier_and_why():
    output = invoke(r"\frac12", r"Hence \boxed{0.5}", "--explain").output
    for text in (r"\frac12", "0.5", "an exact number: 1/2", "exact", "Both are exactly 1/2."):
        assert text in output


def test_model_text_is_no_markup():
    output = invoke("42", r"\boxed{[bold]42[/bold]}", "--explain").output
    assert "[bold]42[/bold]" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("", "42"), "must not be empty"),
        (("42", "42", "--format", "box"), "known are boxed, answer_tag, hash"),
        (("42", "42", "--timeout", "0"), "more than 0 seconds"),
        (("42",), "Missing argument"),
    ],
)
def test_bad_input(arguments, words):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert words in result.output
