"""From a name and ``algorithm.credit`` to an estimator, or to one list of problems."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from .compose import Estimator, SignalEdit, compose
from .errors import CreditConfigError
from .options import Options, nearest
from .presets import CREDIT, canonical_name, estimator_names, list_problems, parts_of
from .registry import EPISODE, SECTIONS, SIGNAL, TOKEN

if TYPE_CHECKING:
    from .planning import PlanningConfig
    from .signals.sepa import SepaConfig

ROOT = "algorithm.credit"
LIST = "compose"


def build_estimator(name: str, credit: Mapping[str, Any] | None = None) -> Estimator:
    """The estimator called ``name`` with the numbers in ``credit``.

    Args:
        name: one of ``estimator_names()``; ``credit`` stands for the operators in
            ``credit["compose"]``, in any order.
        credit: content of ``algorithm.credit``: a section per operator, plus ``planning``.
            Missing sections and keys take their defaults. Sections of operators that the name does
            not use are allowed, and checked too, so that one recipe serves all arms.

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
    found = []
    if name not in estimator_names():
        found.append(
            f"algorithm.adv_estimator is {name!r}, which is unknown; "
            f"{nearest(name, estimator_names())}"
        )
    if credit is not None and not isinstance(credit, Mapping):
        return [*found, f"{ROOT} is {credit!r}, must be a mapping of sections"]
    for section, given in (credit or {}).items():
        if section == LIST:
            found += _list_problems(name, given)
        else:
            found += _section_problems(section, given)
    return found or _signal_problems(name, credit or {})


def cautions(name: str, credit: Mapping[str, Any] | None = None) -> list[str]:
    """Warnings about a configuration that has no problems, one sentence each."""
    credit = credit or {}
    episode, parts = parts_of(name, credit.get(LIST))
    found = [text for part in sorted(parts) for text in _read(part, credit).cautions()]
    for part in sorted(parts & set(TOKEN)):
        if TOKEN[part].replaces and episode == "maxrl":
            found.append(
                f"{part} replaces the advantage of maxrl: it standardises right and wrong rollouts "
                f"apart, so MaxRL's prompt weights are lost and a lone right rollout gets 0"
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


def _section_problems(section: str, given: Any) -> list[str]:
    if section not in SECTIONS:
        known = sorted([*SECTIONS, LIST])
        return [f"{ROOT}.{section}: unknown section; {nearest(section, known)}"]
    if given is None:
        return []
    if not isinstance(given, Mapping):
        return [f"{ROOT}.{section} is {given!r}, must be a mapping of options"]
    return SECTIONS[section].problems(given, path=f"{ROOT}.{section}.")


def _signal_problems(name: str, credit: Mapping[str, Any]) -> list[str]:
    keys = _signal_keys(parts_of(name, credit.get(LIST))[1], credit)
    if len(set(keys.values())) < 2:
        return []
    reads = ", ".join(f"{part} reads {key}" for part, key in keys.items())
    return [f"{name}: {reads}; an estimator has one uncertainty signal, so all must read the same"]


def _signal_keys(parts: frozenset[str], credit: Mapping[str, Any]) -> dict[str, str]:
    """The uncertainty signal that each operator reads, of those that read one."""
    keys = {part: _read(part, credit).signal_key for part in TOKEN if part in parts}
    return {part: key for part, key in keys.items() if key}


def _read(section: str, credit: Mapping[str, Any]) -> Options:
    return SECTIONS[section](**(credit.get(section) or {}))


def _assemble(name: str, credit: Mapping[str, Any]) -> Estimator:
    listed = credit.get(LIST)
    episode, parts = parts_of(name, listed)
    configs = {section: _read(section, credit) for section in SECTIONS}
    entries = {**SIGNAL, **TOKEN}

    def operators(table: Mapping[str, Any]) -> dict[str, Any]:
        return {part: table[part].factory(**asdict(configs[part])) for part in parts & set(table)}

    edit = None
    if "sepa" in parts:
        sepa = cast("SepaConfig", configs["sepa"])
        edit = SignalEdit(sepa.operator(), sepa.annealing())
    plans = any(entries[part].needs_planning for part in parts)
    return compose(
        canonical_name(name, listed),
        episode=EPISODE[episode].factory(**asdict(configs[episode])),
        edit=edit,
        signal=operators({part: entry for part, entry in SIGNAL.items() if part != "sepa"}),
        token=operators(TOKEN),
        signal_key=next(iter(_signal_keys(parts, credit).values()), None),
        needs_binary_reward=EPISODE[episode].needs_binary_reward,
        planning=cast("PlanningConfig", configs["planning"]) if plans else None,
    )
