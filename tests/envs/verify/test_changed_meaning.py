r"""A right answer with something added that makes it another answer pays nothing.

Everything that is skipped, swallowed or named away before two answers are compared is a place where
a wrong answer may be paid. So a right answer is put beside what changes it: behind it, in front of
it, around it, and around its mark.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.verify import verify
from envs.verify.answer import nouns, parse, tokens

AMOUNTS = ["12", "-3", r"\frac{3}{4}", "1,250", "0.5", r"2\sqrt{3}", "7 \\text{ cm}", "9 apples"]
NUMBERS = ["12", "7", "40", "350"]

BEHIND = [
    "/3", "- 3", "+ 1", r"\cdot 2", r"\times 10", "!", "^2", r"\%", r"\text{ percent}",
    r"\text{ ft }2\text{ in}", r"\text{ hours }30\text{ minutes}", r"\text{ apples}/3",
    r"\text{ cm} - 3\text{ cm}", r"\text{ cm}\cdot 3\text{ cm}", r"\text{ apples} + 2\text{ pears}",
    r"\text{ million}", r"\text{ thousand dollars}", r"\text{ dozen}", r"\text{ hundred}",
    r"\text{K}", r"\text{ squared}", r"\text{ cubed}", r"\text{ factorial}", r"\text{ or more}",
    r"\text{ or }13", r"\text{ and }13", ", 13", r"\text{ to }13", r"\text{ at least}",
    r"\text{ more than }5", r"\text{ less than }x", r"\text{ times }n", r"\text{ per }100",
    r"\text{ halves}", r"\text{ thirds}", r"\text{ tenths}", r"\text{ is wrong}",
    r"\text{ is not the answer}", r"\text{ below zero}", r"\pmod{7}", r"\text{ mod }7",
    r"\text{ remainder }2", r"\text{ point five}", r"\ldots", "x", r"\sqrt{2}", r"\pm 1",
    r"\text{ sixteenths}", r"\text{ twentieths}", r"\text{ quadrillion}", r"\text{ per cent}",
    " per cent", r"\text{ repeating}", r"\text{ MOD }5", r"\text{ MM}", r"\text{ square}",
    r"\text{ score}", r"\text{ unless }x=0", r"\text{ if }x>0", r"\text{ minus one}",
    "不", "万", "倍",
]  # fmt: skip
BEFORE = [
    "-1 + ", "1/", r"\frac{1}{2}\cdot ", "2", r"\text{not } ", r"\text{at least } ", r"\approx ",
    r"\text{about } ", r"\text{less than } ", r"\text{twice } ", "> ", r"\le ", r"\ne ",
    r"\text{not equal to } ", r"\text{minus } ", r"\sqrt{2} + ", r"\lnot ", "13, ", r"\pm ",
    r"x \ne ", r"x \not= ", "x > y = ", r"x \ge ", r"\text{not } x = ", r"\text{twice } x = ",
    r"x \text{ cannot } = ", r"\nexists x = ", r"\lnot x = ", r"\emptyset = ", "2x = ", "x + 1 = ",
    "xy = ", "m + n = ", "x^2 = ", "-x = ", r"x \notin ", r"\frac{1}{x} = ",
]  # fmt: skip
AROUND = [
    ("(", ", 13)"), ("[", ", 13]"), (r"\{", r", 13\}"), ("(", ")^2"), ("|x| < ", ""), ("|", "|!"),
    (r"\sqrt{", "}"), (r"\frac{", "}{2}"), (r"\frac{1}{", "}"), (r"\log(", ")"),
    (r"\overline{", "}"),
    (r"\text{neither } ", r"\text{ nor }13"), (r"\cancel{", "}"), (r"10^{", "}"), ("(1, ", ")"),
]  # fmt: skip
DENIED = [
    r"The answer is not \boxed{{{}}}.", r"The answer isn't $\boxed{{{}}}$.",
    r"\boxed{{{}}} is wrong.",
    r"It cannot be \boxed{{{}}}.", r"$x \ne \boxed{{{}}}$", r"$\boxed{{{}}}$ is not the answer.",
    r"\boxed{{{}}} does not work.", r"anything rather than \boxed{{{}}}", r"never \boxed{{{}}}",
    r"So \boxed{{{}}} is impossible.", r"The answer is not $x = \boxed{{{}}}$.",
]  # fmt: skip


def paid(gold: str, answer: str) -> bool:
    return verify(gold, rf"\boxed{{{answer}}}", timeout=20).correct


@pytest.mark.parametrize("added", BEHIND)
def test_behind(added):
    assert [n for n in NUMBERS if paid(n, n + added)] == []


@pytest.mark.parametrize("added", BEFORE)
def test_in_front(added):
    assert [n for n in NUMBERS if paid(n, added + n)] == []


@pytest.mark.parametrize("around", AROUND)
def test_around(around):
    assert [n for n in NUMBERS if paid(n, n.join(around))] == []


@pytest.mark.parametrize("sentence", DENIED)
def test_denied(sentence):
    assert [a for a in AMOUNTS if verify(a, sentence.format(a)).correct] == []


@pytest.mark.parametrize("prefix", ["", "$", r"\$", "#### "])
def test_the_other_formats(prefix):
    assert not verify("12", f"#### {prefix}12 apples - 3", answer_format="hash").correct
    assert not verify(
        "12", f"<answer>{prefix}12 ft 2 in</answer>", answer_format="answer_tag"
    ).correct


def test_no_word_that_changes_a_number_is_read_over():
    words = sorted(nouns._CHANGING - {"square"})  # square cm are a unit
    assert [
        (word, noun)
        for word in words
        for noun in ("apples", "cm", "")
        if paid("12", rf"12\text{{ {word} {noun}}}") or paid("12", rf"12\text{{ {noun} {word}}}")
    ] == []


NOUNS = [
    "apples",
    "years old",
    "sacks per day",
    "comic books",
    "pieces of candy",
    "m/s",
    "cm",
    "yuan",
]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(NUMBERS), st.sampled_from(NOUNS), st.integers(2, 99))
def test_a_noun_is_read_over_and_what_follows_it_is_not(number, noun, other):
    assert paid(number, rf"{number}\text{{ {noun}}}")
    for sign in ("/", "-", "+", r"\cdot ", r"\text{ and }", ", ", "", r"\text{ of }"):
        assert not paid(number, rf"{number}\text{{ {noun}}}{sign}{other}"), sign


def test_these_properties_bite(monkeypatch):
    """With a reader that takes any words for a noun, and any tokens for a unit, they fail."""
    monkeypatch.setattr(nouns, "_CHANGING", set())
    parse.read.cache_clear()
    assert paid("12", r"12\text{ squared}")
    assert paid("12", r"\text{not } x = 12")
    monkeypatch.setattr(tokens, "_PERCENT", set())
    parse.read.cache_clear()
    assert paid("12", r"12\text{ percent}")
    parse.read.cache_clear()
