"""Every row of README's table of what is paid, graded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from envs.verify import verify

README = Path(__file__).parents[3] / "envs/verify/README.md"


def rows():
    section = README.read_text().partition("## What is paid")[2].partition("\n| here | is |")[0]
    for line in section.splitlines():
        cells = re.split(r"(?<!\\) \| ", line.strip("| "))
        if len(cells) == 4 and cells[2] in {"yes", "no"}:
            answers, golds = (re.findall(r"`([^`]+)`", cell) for cell in cells[:2])
            pairs = [(a, g) for a in answers for g in golds]
            if len(answers) == len(golds):
                pairs = list(zip(answers, golds, strict=True))
            for answer, gold in pairs:
                yield pytest.param(gold, answer, cells[2] == "yes", id=f"{gold} | {answer}")


ROWS = list(rows())


def test_the_table_is_found():
    assert len(ROWS) > 35


@pytest.mark.parametrize(("gold", "answer", "paid"), ROWS)
def test_a_row(gold, answer, paid):
    response = answer if r"\boxed" in answer else rf"\boxed{{{answer}}}"
    assert verify(gold, response, timeout=20).correct is paid


def test_the_rows_that_depend_on_the_set_or_the_question():
    assert not verify("20", r"\boxed{20\%}").correct
    assert verify("20", r"\boxed{20\%}", percent="strip").correct
    assert verify("85", r"\boxed{47 + 38}").correct
    assert not verify("85", r"\boxed{47 + 38}", question="What is 47 + 38?").correct
