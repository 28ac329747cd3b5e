"""Names are answers, sentences are not."""

from __future__ import annotations

import pytest

from envs.dataset.prose import prose_problem


@pytest.mark.parametrize(
    "gold",
    [
        "42", r"\text{Evelyn}", "The Cooper wedding", "Georgetown Middle School", "Yes",
        r"\frac{\sin x}{\cos x}", r"14 \text{ right triangles}", r"\text{no real solution}",
        "all real numbers", r"-(ab + ac + bc)", r"x \in \mathbb{R}", r"3\text{ is odd}",
        "12 miles per hour", r"\operatorname{lcm}(a, b)", "seven", "Isaac",
    ],
)  # fmt: skip
def test_answers(gold):
    assert prose_problem(gold) == ""


@pytest.mark.parametrize(
    "gold",
    [
        "see text above", "See the solution.", "Proof omitted.", r"\text{The proof is above}",
        "proved", "N/A", "Answers may vary.", "They are equal", "There are two such numbers.",
        "$f(x)=ax$, where $a$ is an arbitrary integer", "No such function exists",
        r"\text{The function is increasing on } (0, 1)",
        "Multiply both sides by the common denominator first",
    ],
)  # fmt: skip
def test_prose(gold):
    assert "prose" in prose_problem(gold) or "sentence" in prose_problem(gold)
