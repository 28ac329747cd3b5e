"""From a name and ``algorithm.credit`` to a chain, or to one list of problems."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from . import old_form, schedules
from .batch import PLANNING, UNCERTAINTY
from .chain import Chain, Step
from .dump.config import DumpConfig
from .errors import CreditConfigError
from .operator import SIGNAL, TOKEN, Operator
from .options import nearest
from .options import problems as option_problems
from .planning import config as planning
from .presets import CREDIT, canonical_name, estimator_names, list_problems, listed_of
from .registry import find, known_names

ROOT = "algorithm.credit"
LIST = "operators"
PLANNING_SECTION = "planning"
DUMP = "dump"
REWARD = "reward"
REWARDS = ("score", "acc")
"""What is read as the reward: verl's score, or the ``acc`` of ``reward_extra_info``, 0 or 1."""


def build_chain(name: str, credit: Mapping[str, Any] | None = None) -> Chain:
    """The chain called ``name`` with the numbers in ``credit``.

    Args:
        name: one of ``estimator_names()``; ``credit`` stands for the operators in
            ``credit["operators"]``, in the order in which they run.
        credit: content of ``algorithm.credit``: a section per operator, ``planning``, ``dump`` and
            ``reward``. Missing sections and keys take their defaults. Sections of operators that
            the name does not use are allowed, and checked too, so that one recipe serves all arms.

    Warns:
        UserWarning: one for each combination that is allowed and probably not meant.

    Raises:
        CreditConfigError: an unknown estimator, section or key, or a value out of range; all
            problems in one message.
    """
    found = problems(name, credit)
    if found:
        count = f"{len(found)} problem" + ("s" if len(found) > 1 else "")
        raise CreditConfigError("\n- ".join([f"{count} in the credit configuration:", *found]))
    for caution in cautions(name, credit):
        warnings.warn(caution, stacklevel=2)
    return _assemble(name, credit or {})


def problems(name: str, credit: Mapping[str, Any] | None = None) -> list[str]:
    """Every problem of a name and its numbers, one sentence each; empty if there is none."""
    if name not in estimator_names():
        unknown = f"algorithm.adv_estimator is {name!r}, which is unknown; "
        found = [unknown + nearest(name, estimator_names())]
    else:
        found = []
    if credit is not None and not isinstance(credit, Mapping):
        return [*found, f"{ROOT} is {credit!r}, must be a mapping of sections"]
    credit = credit or {}
    if old := old_form.problems(credit, ROOT):
        return [*found, *old]
    found += _list_problems(name, credit.get(LIST))
    # Of a name or list that is unknown, the sections are checked as far as they are known.
    listed = {} if found else {operator.name: operator for operator in _operators(name, credit)}
    for section, given in credit.items():
        if section == REWARD and given not in REWARDS:
            found.append(f"{ROOT}.{REWARD} is {given!r}, must be one of {', '.join(REWARDS)}")
        elif section not in (LIST, REWARD):
            found += _section_problems(section, given, listed)
    return found or _chain_problems(name, _assemble(name, credit))


def cautions(name: str, credit: Mapping[str, Any] | None = None) -> list[str]:
    """Warnings about a configuration that has no problems, one sentence each."""
    chain = _assemble(name, credit or {})
    found = [text for step in chain.steps for text in step.operator.cautions(step.all_numbers)]
    tokens = [step for step in chain.steps if step.operator.kind == TOKEN]
    for at, step in enumerate(chain.steps):
        if step.operator.kind == SIGNAL:
            early = [s for s in chain.steps[:at] if s in tokens and s.reads & {*UNCERTAINTY}]
            found += [
                f"{other.operator.name} runs before {step.operator.name}, so it reads the signal "
                f"as it was; write {step.operator.name} before it to change that"
                for other in early
            ]
        if step.operator.replaces:
            found += _lost(chain, step, tokens)
    return found


def _lost(chain: Chain, step: Step, tokens: Sequence[Step]) -> list[str]:
    name = step.operator.name
    found = [
        f"{name} runs after {other.operator.name} and replaces its advantage, so "
        f"{other.operator.name} has no effect"
        for other in tokens[: tokens.index(step)]
    ]
    if chain.episode.operator.binary:
        found.append(
            f"{name} replaces the advantage of {chain.episode.operator.name}: it standardises "
            "right and wrong rollouts apart, so MaxRL's prompt weights are lost and a lone right "
            "rollout gets 0"
        )
    return found


def _list_problems(name: str, listed: Any) -> list[str]:
    if listed is None:
        return []
    if name in estimator_names() and name != CREDIT:
        return [
            f"{ROOT}.{LIST} is read only if algorithm.adv_estimator is {CREDIT!r}, and it is "
            f"{name!r}; change one of them"
        ]
    return list_problems(listed, f"{ROOT}.{LIST}")


def _operators(name: str, credit: Mapping[str, Any]) -> list[Operator]:
    return [find(part) for part in listed_of(name, credit.get(LIST))]


def _section_problems(section: str, given: Any, listed: Mapping[str, Operator]) -> list[str]:
    known = [*listed, PLANNING_SECTION, DUMP, *known_names()]
    if section not in known:
        return [
            f"{ROOT}.{section}: unknown section; {nearest(section, sorted({*known, LIST, REWARD}))}"
        ]
    if given is None:
        return []
    if not isinstance(given, Mapping):
        return [f"{ROOT}.{section} is {given!r}, must be a mapping of options"]
    path = f"{ROOT}.{section}."
    if section == PLANNING_SECTION:
        return planning.problems(given, path)
    if section == DUMP:
        return DumpConfig.problems(given, path)
    options = (listed.get(section) or find(section)).options
    scheduled = {k: x for k, x in given.items() if k in options and isinstance(x, Mapping)}
    plain = {key: value for key, value in given.items() if key not in scheduled}
    found = option_problems(options, plain, path)
    for key, value in scheduled.items():
        found += schedules.problems(options[key], value, path + key)
    return found


def _chain_problems(name: str, chain: Chain) -> list[str]:
    reads = {
        step.operator.name: step.reads & {*UNCERTAINTY}
        for step in chain.steps
        if step.operator.kind == TOKEN
    }
    readers = {part: ", ".join(sorted(keys)) for part, keys in reads.items() if keys}
    edits = [step.operator.name for step in chain.steps if step.operator.kind == SIGNAL]
    if edits and not readers:
        return [
            f"{ROOT}.{LIST}: nothing reads the signal that {' and '.join(edits)} would edit; add "
            "an operator that does, such as gtpo"
        ]
    if len(set(readers.values())) > 1:
        listed = ", ".join(f"{part} reads {key}" for part, key in readers.items())
        return [f"{name}: {listed}; a chain has one uncertainty signal, so all must read the same"]
    adaptive = [k for k, s in chain.schedules.items() if isinstance(s, schedules.Adaptive)]
    if adaptive and not any("exec_var" in metric.name for metric in chain.metrics):
        return [
            f"{ROOT}.{adaptive[0]} follows the adaptive schedule, which watches the variance that "
            f"sepa reports, and the chain has no sepa"
        ]
    return []


def _step(operator: Operator, section: Mapping[str, Any] | None) -> Step:
    given = operator.declared | dict(section or {})
    moving = {k: schedules.schedule_of(x) for k, x in given.items() if isinstance(x, Mapping)}
    return Step(operator, {k: x for k, x in given.items() if k not in moving}, moving)


def _assemble(name: str, credit: Mapping[str, Any]) -> Chain:
    steps = tuple(_step(o, credit.get(o.name)) for o in _operators(name, credit))
    plans = any(PLANNING in step.reads for step in steps)
    detector = planning.planning_of(credit.get(PLANNING_SECTION) or {}) if plans else None
    return Chain(
        canonical_name(name, credit.get(LIST)),
        steps,
        detector,
        reads_acc=credit.get(REWARD) == "acc",
    )
