"""Schedules: any real number of an operator may follow one, written in place of the number.

    algorithm.credit.gtpo.beta: {schedule: linear, start: 0.0, end: 0.3, steps: 100}

To add one: a file here, and a line in ``SCHEDULES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..options import Option
from .adaptive import Adaptive
from .linear import Linear
from .schedule import CLOCKS, Schedule

NAME = "schedule"
SCHEDULES: Mapping[str, type[Schedule]] = {"linear": Linear, "adaptive": Adaptive}


def schedule_of(given: Mapping[str, Any]) -> Schedule:
    """The schedule that ``{schedule: NAME, ...}`` means; see ``problems``."""
    return SCHEDULES[given[NAME]](**{key: x for key, x in given.items() if key != NAME})


def problems(declared: Option, given: Mapping[str, Any], path: str) -> list[str]:
    """One sentence per reason why ``given`` is no schedule of a number, each naming ``path``."""
    if declared.span is None:
        return [f"{path} is {dict(given)!r}, must be {declared.must}; it cannot follow a schedule"]
    name = str(given.get(NAME))
    if name not in SCHEDULES:
        return [f"{path}.{NAME} is {name}, must be one of {', '.join(SCHEDULES)}"]
    rest = {key: x for key, x in given.items() if key != NAME}
    found = SCHEDULES[name].problems(rest, f"{path}.")
    ends = {"start": 0.0, "end": 1.0} | {k: rest[k] for k in ("start", "end") if k in rest}
    return found or [
        f"{path}.{key} is {value!r}, must be {declared.must}"
        for key, value in ends.items()
        if not declared.holds(value)
    ]


__all__ = [
    "CLOCKS",
    "NAME",
    "SCHEDULES",
    "Adaptive",
    "Linear",
    "Schedule",
    "problems",
    "schedule_of",
]
