"""Templates of gsm_symbolic: a refused one has a false equation, the others have none."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from random import Random

import pytest

import envs
from envs.procedural.gsm_symbolic import REFUSED, TOP_LEVEL, level_of

from .drawing import task_of

gsm_symbolic = pytest.importorskip(
    "reasoning_gym.arithmetic.gsm_symbolic.gsm_symbolic",
    reason="the extra reasoning-gym is not installed",
)
GENERATORS = gsm_symbolic.GSMSymbolicDataset(
    gsm_symbolic.GSMSymbolicDatasetConfig(seed=0, size=1)
).generators
USED = [number for number in gsm_symbolic.tasks_ok if number not in REFUSED]
# Their solutions name an unknown, T or x, or set a word equal to a number.
PARTLY_READ = {1, 18, 83, 84}

# The templates write prices in several currencies, and a unit behind each number.
CURRENCY, PER_UNIT = re.compile(r"[$€£¥₹]"), re.compile(r"/\s*[A-Za-z][A-Za-z ]*")
PRODUCT, UNKNOWN = re.compile(r"(?<=\d)\("), re.compile(r"\d*[xy](?=[+=])")
TOKEN = re.compile(r"(\d[\d,]*(?:\.\d+)?)|([-+*/()=%]|[\u00d7÷]|x(?=[\s\d]))|([A-Za-z]+)|(\S)")
SIGNS = {"\u00d7": "*", "x": "*", "÷": "/"}


def equations(line):
    """Both sides of each equation of a line as tokens; None for a word."""
    text = PER_UNIT.sub(" ", CURRENCY.sub("", line)).replace("half *", "0.5 *")
    text = PRODUCT.sub("*(", UNKNOWN.sub("?", text))
    found = [
        number.replace(",", "").rstrip(".") or SIGNS.get(sign, sign) or (other or None)
        for number, sign, _, other in TOKEN.findall(text)
    ]
    starts = [-1, *(i for i, token in enumerate(found) if token == "="), len(found)]
    sides = [found[a + 1 : b] for a, b in pairwise(starts)]
    return pairwise(sides)


def value(tokens, *, from_end):
    """The expression at one end of the tokens, words between its parts left out; None if none."""
    kept, operand_next = [], True
    opening, closing = (")", "(") if from_end else ("(", ")")
    for token in reversed(tokens) if from_end else tokens:
        number = token is not None and token[0].isdigit()
        if token is None and (operand_next or not from_end):
            continue
        if token == "%":
            kept.append("/100")
        elif token == opening and operand_next:
            kept.append(token)
        elif operand_next and number:
            kept.append(token)
            operand_next = False
        elif not operand_next and token is not None and token in "+-*/":
            kept.append(token)
            operand_next = True
        elif not operand_next and token == closing and opening in kept:
            kept.append(token)
        elif token == "?" and operand_next:
            return None
        else:
            break
    while kept and kept[-1] in "+-*":
        kept.pop()
    text = "".join(reversed(kept) if from_end else kept)
    try:
        return eval(re.sub(r"\d+(?:\.\d+)?", r"Fraction('\g<0>')", text), {"Fraction": Fraction})
    except (SyntaxError, TypeError):
        return None


def faults(number, seed):
    """False equations and negative answers of one draw; how many equations were read."""
    item = GENERATORS[number](Random(seed))
    body, _, gold = item["metadata"]["answer_cot"].rpartition("####")
    found, read = [], 0
    if Fraction(gold.strip()) != Fraction(item["answer"]) or Fraction(gold.strip()) < 0:
        found.append(f"answer {item['answer']}, solution {gold}")
    for line in body.splitlines():
        for left, right in equations(line):
            sides = value(left, from_end=True), value(right, from_end=False)
            if None not in sides:
                read += 1
                if sides[0] != sides[1]:
                    found.append(line)
    return found, read


def test_an_equation_is_read_as_a_person_reads_it():
    def truth(line):
        return [value(a, from_end=True) == value(b, from_end=False) for a, b in equations(line)]

    assert truth("She buys 12 shares * $100/share = $1,200 in all") == [True]
    assert truth("That is 2 * (3 + 4) = 14 = 15 - 1.") == [True, True]
    assert truth("75 spools / 250 spools * 100% = 30% of them") == [True]
    assert truth("There are 20 in 3 rows because 33 / 22 = 1") == [False]


@pytest.mark.parametrize("number", USED)
def test_every_equation_of_a_used_template_is_true(number):
    for seed in range(60):
        found, read = faults(number, seed)
        assert found == []
        solution = GENERATORS[number](Random(seed))["metadata"]["answer_cot"]
        assert read == solution.count("=") or number in PARTLY_READ


@pytest.mark.parametrize("number", REFUSED)
def test_a_refused_template_has_a_fault(number):
    assert any(faults(number, seed)[0] for seed in range(400))


def test_the_package_vouches_for_those_that_are_used():
    assert len(USED) == 74
    assert set(REFUSED) <= set(gsm_symbolic.tasks_ok)


@pytest.fixture(scope="module")
def env():
    return envs.make("reasoning/ReasoningGym-v0", dataset="gsm_symbolic")


@pytest.mark.parametrize("level", range(1, TOP_LEVEL + 1))
def test_the_level_is_that_of_the_solution(env, level):
    tasks = [task_of(env, index, level) for index in range(60)]
    assert all(level_of(task.solution) == task.difficulty == level for task in tasks)
    assert len({task.question for task in tasks}) > 50


def test_a_worked_solution_is_paid(env):
    for index in range(100):
        task = task_of(env, index)
        assert task.solution.endswith(rf"So the answer is \boxed{{{task.answer}}}.")
        assert ".0 " not in task.solution
        assert env.step(task.solution)[1] == 1.0, task
