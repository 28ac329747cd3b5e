"""From a name and ``algorithm.credit`` to an estimator, or to one list of problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .compose import Estimator, SignalEdit, compose
from .errors import CreditConfigError
from .options import Options, nearest
from .presets import estimator_names, parts_of
from .registry import EPISODE, SECTIONS, SIGNAL, TOKEN

ROOT = "algorithm.credit"


def build_estimator(name: str, credit: Mapping[str, Any] | None = None) -> Estimator:
    """The estimator called ``name`` with the numbers in ``credit``.

    Args:
        name: one of ``estimator_names()``.
        credit: content of ``algorithm.credit``: a section per operator, plus ``planning``.
            Missing sections and keys take their defaults. Sections of operators that the name does
            not use are allowed, and checked too, so that one recipe serves all arms.

    Raises:
        CreditConfigError: an unknown estimator, section or key, or a value out of range; all
            problems in one message.
    """
    found = problems(name, credit)
    if found:
        count = f"{len(found)} problem" + ("s" if len(found) > 1 else "")
        raise CreditConfigError("\n- ".join([f"{count} in the credit configuration:", *found]))
    configs = {section: _read(section, credit) for section in SECTIONS}
    return _assemble(name, configs)


def problems(name: str, credit: Mapping[str, Any] | None = None) -> list[str]:
    """Every problem of a name and its numbers, one sentence each; empty if there is none."""
    found = []
    if name not in estimator_names():
        found.append(
            f"algorithm.adv_estimator is {name!r}, which is unknown; "
            f"{nearest(name, estimator_names())}"
        )
    if credit is not None and not isinstance(credit, Mapping):
        return [*found, f"{ROOT} is {credit!r}, must be a mapping of sections"]
    for section, given in (credit or {}).items():
        found += _section_problems(section, given)
    return found


def _section_problems(section: str, given: Any) -> list[str]:
    if section not in SECTIONS:
        return [f"{ROOT}.{section}: unknown section; {nearest(section, sorted(SECTIONS))}"]
    if given is None:
        return []
    if not isinstance(given, Mapping):
        return [f"{ROOT}.{section} is {given!r}, must be a mapping of options"]
    return SECTIONS[section].problems(given, path=f"{ROOT}.{section}.")


def _read(section: str, credit: Mapping[str, Any] | None) -> Options:
    return SECTIONS[section](**((credit or {}).get(section) or {}))


def _assemble(name: str, configs: Mapping[str, Options]) -> Estimator:
    episode, parts = parts_of(name)
    edit = None
    if "sepa" in parts:
        edit = SignalEdit(SIGNAL["sepa"].factory, configs["sepa"].annealing())
    return compose(
        name,
        episode=EPISODE[episode].factory(**asdict(configs[episode])),
        token={step: TOKEN[step].factory(**asdict(configs[step])) for step in parts & set(TOKEN)},
        signal_key=configs["gtpo"].signal_key if "gtpo" in parts else None,
        edit=edit,
        needs_binary_reward=EPISODE[episode].needs_binary_reward,
        planning=configs["planning"] if parts & {"sepa", "hicra"} else None,
    )
