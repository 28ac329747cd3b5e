r"""Word problems in real English: the templates of reasoning-gym's generator gsm_symbolic.

An example row: question `A juggler can juggle 72 balls. 50% of the balls are golf balls, and 25% of
the golf balls are white. How many white golf balls are there?`, answer `9`, difficulty 1.0,
solution `golf balls:72 * 0.5=36`, `white golf balls:36*0.25=9 balls`, `So the answer is \boxed{9}.`
on three lines.

The package vouches for 85 of its 100 templates. Eleven of those are refused here (`REFUSED`),
because for some numbers an equation of their own solution is false, and with it often the answer.
Reference: Mirzadeh et al., GSM-Symbolic, arXiv 2410.05229.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from random import Random
from typing import Any

from ..task import Task, closing

TOP_LEVEL = 4
REFUSED: Mapping[int, str] = {
    2: "a share of the students is cut to a whole number: 0.46*40 = 18",
    3: "hours are cut to a whole number: 1188/60=19",
    4: "pans are cut to a whole number: 33 / 22 = 1",
    24: "ages below zero: 84 years - 85 years = -1 years old",
    46: "a repeating fraction is cut: 12 x 0.6666666666666666 = 8.0",
    49: "cookies are cut to a whole number: 899.5 / 1.4 = 642",
    52: "a repeating fraction is cut: 48 * 0.3333333333333333 = 16",
    60: "a quotient lacks its brackets: 12÷2/3=18",
    66: "binary fractions show: 12.0 - 2 - 2/3 = 9.333333333333334",
    75: "half a tube is cut off: 3*0.5=1",
    99: "cents are cut off: $13.40 - $5.40 = $7",
}

Template = Callable[[Random], dict[str, Any]]
# 26.0: the templates compute in floats.
_WHOLE_FLOAT = re.compile(r"(\d)\.0(?!\d)")


def word_problem(seed: int, level: int) -> Task:
    """One problem; its level follows from how many equations its solution has.

    Levels 1 to 4: two equations at most, three, four, five and more.
    """
    rng = Random(seed)
    item = rng.choice(_templates()[level])(rng)
    body, _, answer = _solution(item).rpartition("\n#### ")
    return Task(
        question=item["question"].strip(),
        answer=answer,
        difficulty=float(level),
        solution=f"{body.strip()}\n{closing(answer)}",
    )


@cache
def _templates() -> dict[int, list[Template]]:
    """The templates of each level."""
    from reasoning_gym.arithmetic.gsm_symbolic.gsm_symbolic import (
        GSMSymbolicDataset,
        GSMSymbolicDatasetConfig,
        tasks_ok,
    )

    generators = GSMSymbolicDataset(GSMSymbolicDatasetConfig(seed=0, size=1)).generators
    found: dict[int, list[Template]] = {level: [] for level in range(1, TOP_LEVEL + 1)}
    for number in tasks_ok:
        if number not in REFUSED:
            found[level_of(_solution(generators[number](Random(0))))].append(generators[number])
    return found


def level_of(solution: str) -> int:
    """Level of a solution: one for two equations at most, then one more for each equation."""
    return min(max(solution.count("=") - 1, 1), TOP_LEVEL)


def _solution(item: Mapping[str, Any]) -> str:
    return _WHOLE_FLOAT.sub(r"\1", item["metadata"]["answer_cot"].strip())
