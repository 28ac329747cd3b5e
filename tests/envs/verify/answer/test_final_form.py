"""Which answers count as worked out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import envs
from envs.base import ReasoningEnv, Task
from envs.forms import is_echo, is_number, is_surd, members

from ...counting import calls

NUMBERS = (
    "85", "-85", "+85", "85.", "85.0", ".5", "1,234,567", "3/4", "-3/4", r"\frac{3}{4}",
    r"-\frac{3}{4}", r"\dfrac34", r"\frac{-3}{4}", r"1\frac{1}{2}", r"75\%", "75%", "x = 5",
    "x=-5", r"$85$", r"\text{85}", r"\left(85\right)", r"0.\overline{3}", "40 + 2 = 42", "\u22125",
)  # fmt: skip
UNDONE = (
    "47+38", "47 + 38 ", "90-5", "5*17", r"5 \cdot 17", r"5 \times 17", "2^3", "5!", "170/2/1",
    r"\sqrt{4}", r"\gcd(4, 6)", "85 = 47 + 38", r"\frac{170+0}{2}", r"\frac{d}{dx} x", "", "x",
    "eighty", "(47+38)", "2(5)", "1e3", r"\binom{4}{2}", "7 mod 3", "\u0668\u0665",
)  # fmt: skip
SURDS = (
    r"\sqrt{2}", r"-\sqrt{2}", r"2\sqrt{3}", r"1 + \sqrt{2}", r"1 \pm \sqrt{2}", r"-3-2\sqrt{7}",
    r"\frac{1+\sqrt{5}}{2}", r"\frac{\sqrt{3}}{3}", r"\frac12 - \frac{\sqrt5}{2}",
    r"(1+\sqrt{5})/2", r"x = \frac{-1-\sqrt{13}}{6}", r"\frac{1}{2}(1+\sqrt{5})",
)  # fmt: skip
NO_SURDS = (
    r"\sqrt{3^2-4}", r"\frac{3+\sqrt{9-4*1}}{2}", r"\sqrt{\sqrt{2}}", r"1+2+\sqrt{3}",
    r"\frac{-b+\sqrt{5}}{2a}", r"\sqrt{2}\cdot\sqrt{3}", r"\sin(1)",
)  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers(text):
    assert is_number(text)


@pytest.mark.parametrize("text", [*UNDONE, *SURDS])
def test_not_numbers(text):
    assert not is_number(text)


@pytest.mark.parametrize("text", [*SURDS, *NUMBERS])
def test_surds(text):
    assert is_surd(text)


@pytest.mark.parametrize("text", NO_SURDS)
def test_not_surds(text):
    assert not is_surd(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("(1, -2)", ["1", "-2"]),
        (r"\{\frac{1}{2}, 3\}", [r"\frac{1}{2}", "3"]),
        (r"\left\{ 1, 2 \right\}", ["1", "2"]),
        ("1, (2, 3)", ["1", "(2,3)"]),
        (r"x = 1 \text{ or } x = 2", ["x=1", "x=2"]),
        ("1 and 2", ["1", "2"]),
        ("5", ["5"]),
    ],
)
def test_members(text, parts):
    assert members(text) == parts


@pytest.mark.parametrize(
    ("question", "answer", "gold", "echo"),
    [
        ("What is 47+38?", "47+38", "85", True),
        ("What is $47 + 38$?", r"47 + 38", "85", True),
        ("Factor $x^2-1$.", "x^2 - 1", "(x-1)(x+1)", True),
        ("What is 47+38?", "85", "85", False),
        ("What is 47+38?", "47", "85", False),
        ("Which is larger, $2^{300}$ or $3^{200}$?", "3^{200}", "3^{200}", False),
        ("Half of 1/2?", "1/2", "1/4", False),
        ("The interval (-1, 1) is open.", "(-1, 1)", "(-1,1)", False),
        ("Find x with |x|<1 in (-1,1).", "(-1,1)", "-1<x<1", False),
    ],
)
def test_echoes(question, answer, gold, echo):
    assert is_echo(question, answer, gold) is echo


class Twice(ReasoningEnv):
    def sample_task(self, rng):
        n = int(rng.integers(100, 10**6))
        return Task(f"What is {n}+{n}?", str(2 * n))


def test_a_copied_formula_pays_nothing_in_any_environment():
    env = Twice(max_turns=2)
    question, _ = env.reset(seed=0)
    said, reward, *_, info = env.step(rf"\boxed{{{question[8:-1]}}}")
    assert (reward, info["verdict"]) == (0.0, "wrong")
    assert "not worked out" in said
    assert env.step(rf"\boxed{{{env.task.answer}}}")[1] == 1.0


def test_the_verifier_alone_would_pay():
    assert envs.verify.verify("85", r"\boxed{47+38}").correct
    env = envs.make("reasoning/Addition-v0", digits=[2])
    question, _ = env.reset(seed=0)
    assert env.step(rf"\boxed{{{question[8:-1]}}}")[1] == 0.0


def test_being_unfinished_says_nothing_about_the_value():
    env = Twice(max_turns=3)
    env.reset(seed=0)
    n = int(env.task.answer) // 2
    copied = env.step(rf"\boxed{{{n}+{n}}}")
    env = envs.make("reasoning/Addition-v0", max_turns=3)
    env.reset(seed=0)
    assert env.step(r"\boxed{1+1}")[0] == copied[0]


@given(text=st.text(st.characters(exclude_categories=()), max_size=200))
def test_no_text_raises(text):
    assert is_number(text) in (True, False)
    assert is_surd(text) in (True, False)
    assert is_echo(text, text, "1") in (True, False)
    members(text)


def all_forms(text):
    is_number(text), is_surd(text), members(text), is_echo(text, text, "1")


@pytest.mark.parametrize("piece", ["1", "1,", "1/", "-", "1\\frac", "\\sqrt{", "("])
def test_twice_the_text_is_at_most_twice_the_work(piece):
    """`bench_long_text.py` has the seconds."""
    short, long = (calls(all_forms, piece * n) for n in (300, 600))
    assert long <= 2 * short
