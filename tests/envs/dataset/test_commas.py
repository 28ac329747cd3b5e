"""`70,110` is one number or two answers; the row decides, and what it cannot decide is refused."""

from __future__ import annotations

import pytest

from envs.dataset import Source
from envs.dataset.commas import Undecided, decided
from envs.errors import EnvConfigError

from .small_sets import save


@pytest.mark.parametrize(
    ("gold", "question", "solution", "stored", "kind"),
    [
        ("70,110", "Find all solutions of it.", "", "70, 110", "lists"),
        ("70,110", "What are the possible values of $x$?", "", "70, 110", "lists"),
        ("70,110", "Give both roots, separated by commas.", "", "70, 110", "lists"),
        ("70,110", "What?", "so $x=70$ or $x=110$.", "70, 110", "lists"),
        ("70,110", "What?", "That is 70 and 110.", "70, 110", "lists"),
        ("70,110", "What?", r"$70$ $\text{ and }$ $110$", "70, 110", "lists"),
        ("70,110,200", "What?", "They are 70, 110, and 200.", "70, 110, 200", "lists"),
        ("70,110", "What?", r"$7 \cdot 10{,}015.7 = 70{,}110$", "70110", "numbers"),
        ("70,110", "What?", r"we get $70,\!110$", "70110", "numbers"),
        ("70,110", "What?", r"we get $70\,110$", "70110", "numbers"),
        ("$70,110$", "What?", "7 * 10015.714 = 70110.", "70110", "numbers"),
        ("-70,110", "What is the sum of all possible values of $x$?", "", "-70110", "numbers"),
        ("70,110", "He has 3 of them. How many are there?", "", "70110", "numbers"),
        ("10,080", "What?", "", "10080", "numbers"),
        ("1,000,000", "Find all of them.", "", "1000000", "numbers"),
        ("70, 110", "How many?", "", "70, 110", ""),
        ("7,110,2", "How many?", "", "7,110,2", ""),
        ("(70,110)", "How many?", "", "(70,110)", ""),
        ("7011,110", "How many?", "", "7011,110", ""),
        ("1,250 cm", "What?", "", "1,250 cm", ""),
    ],
)
def test_decided(gold, question, solution, stored, kind):
    assert decided(gold, question, solution) == (stored, kind)


@pytest.mark.parametrize(
    ("question", "solution", "why"),
    [
        ("What is it?", "It is 70,110.", "nothing in the row says which"),
        ("What is it?", "A year later, 70110.5 and 270 and 110.", "nothing in the row"),
        ("How many a are there, and how many b are there?", "", "nothing in the row"),
        ("Find all solutions.", "so 70110", "the row speaks for both"),
    ],
)
def test_undecided_is_told(question, solution, why):
    with pytest.raises(Undecided) as error:
        decided("70,110", question, solution)
    assert "the number 70110 or the list 70, 110" in str(error.value)
    assert why in str(error.value)


def test_a_whole_set_is_decided_by_its_setting(tmp_path):
    save(tmp_path / "a.jsonl", [{"question": "What is it?", "answer": "70,110"}])
    source = Source(path=str(tmp_path / "a.jsonl"))
    assert "commas=numbers or commas=lists" in next(source.rows()).problem
    for commas, stored in (("numbers", "70110"), ("lists", "70, 110")):
        row = next(source.but(commas=commas).rows())
        assert (row.answer, row.commas, row.problem) == (stored, commas, "")
    with pytest.raises(EnvConfigError, match="commas must be numbers, lists"):
        source.but(commas="number")
