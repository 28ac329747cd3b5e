"""From the names of operators to a chain whose numbers stand still."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from credit_plugins.chain import Chain, Step
from credit_plugins.config import LIST, ROOT, build_chain, problems
from credit_plugins.operator import Operator
from credit_plugins.presets import CREDIT, estimator_names
from credit_plugins.registry import known_names, own
from credit_plugins.schedules import Linear, Schedule

from ..errors import PreflightError, RecipeError

Operators = str | Operator | Sequence[str | Operator]


@dataclass(frozen=True)
class Chosen:
    """A chain at fixed numbers.

    Attributes:
        chain: none of its numbers follows a schedule.
        scheduled: what was said of each number that did, by ``OPERATOR.NUMBER``.
        cautions: what is allowed and probably not meant, one sentence each.
    """

    chain: Chain
    scheduled: Mapping[str, str]
    cautions: tuple[str, ...]


def chain_of(
    operators: Operators, credit: Mapping[str, Any] | None = None, step: int | None = None
) -> Chosen:
    """The chain of some operators.

    Args:
        operators: a name such as ``maxrl_gtpo_sepa``; or operators in the order in which they run,
            as a list or separated by commas, each a short name, ``MODULE:NAME`` or an operator.
        credit: content of ``algorithm.credit``.
        step: a scheduled number has its value at this training step, its gate open from the
            beginning; None for its value at the end of its schedule.

    Raises:
        PreflightError: everything that is wrong with names and numbers.
        RecipeError: a number's value at the step depends on what a run measures.
    """
    name, listed = _named(operators)
    credit = dict(credit or {})
    if listed is not None:
        if LIST in credit:
            raise RecipeError(f"Operators are named twice, also in {ROOT}.{LIST}; keep one.")
        credit[LIST] = listed
    if found := problems(name, credit):
        raise PreflightError(found)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        chain = build_chain(name, credit)
    values = {key: _value(key, one, step) for key, one in chain.schedules.items()}
    still = replace(chain, steps=tuple(_still(one, values) for one in chain.steps))
    said = {key: _said(one, step) for key, one in chain.schedules.items()}
    return Chosen(still, said, tuple(str(one.message) for one in seen))


def _named(operators: Operators) -> tuple[str, list[str] | None]:
    """The name of an estimator, and the list of operators where it is ``credit``."""
    if isinstance(operators, str):
        parts = [part.strip() for part in operators.split(",") if part.strip()]
        (one,) = parts if len(parts) == 1 else ("",)
        if one in estimator_names() or (one and ":" not in one and one not in known_names()):
            return one, None
        return CREDIT, parts
    given = [operators] if isinstance(operators, Operator) else operators
    return CREDIT, [one if isinstance(one, str) else _name_of(one) for one in given]


def _name_of(operator: Operator) -> str:
    ours = own().get(operator.name) is operator
    return operator.name if ours else f"{operator.module}:{operator.name}"


def _still(step: Step, values: Mapping[str, float]) -> Step:
    fixed = {name: values[step.key(name)] for name in step.schedules}
    return replace(step, numbers={**step.numbers, **fixed}, schedules={})


def _value(key: str, schedule: Schedule, step: int | None) -> float:
    if step is None:
        return schedule.end
    if not isinstance(schedule, Linear):
        raise RecipeError(
            f"{key} follows a schedule that watches what a run measures, so step {step} alone does "
            f"not tell its value; give {key} a number, or leave the step away."
        )
    return replace(schedule, gate=0.0).value(schedule.init_state(), step)


def _said(schedule: Schedule, step: int | None) -> str:
    if step is None:
        return "the end of its schedule"
    return f"step {step} of its schedule" + (", its gate open" if schedule.gate else "")
