"""State of schedule, gate and notices inside verl's checkpoint folder, written atomically."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..chain import Chain
from ..errors import CreditError
from .notices import tell

FILE_NAME = "credit.json"
FORMAT = 2
"""Of the file; an older one names none and has no ``run``."""


@dataclass(frozen=True)
class CreditState:
    """What one step hands to the next.

    Attributes:
        state: schedule and gate state.
        origin: verl's ``global_steps`` at which the schedules began; their clock counts from there.
        notices: state of the notices; {} in a checkpoint of version 0.2.
        run: ``resuming.record_of`` the run that wrote it; {} in an older checkpoint.
    """

    state: Mapping[str, Any]
    origin: int = 0
    notices: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)


def save(folder: Path, chain: Chain | None, credit: CreditState) -> None:
    """Write ``folder/credit.json``; a crash leaves the old file or none, never half of one."""
    if chain is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{FILE_NAME}.part"
    with part.open("w") as file:
        content = {
            "format": FORMAT,
            "estimator": chain.name,
            "state": dict(credit.state),
            "origin": credit.origin,
            "notices": dict(credit.notices),
            "run": dict(credit.run),
        }
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / FILE_NAME)


def load(folder: Path, chain: Chain, step: int) -> CreditState:
    """Read the state back; a checkpoint without one (stock verl's, a branch's) starts afresh.

    Args:
        folder: the ``global_step_N`` folder.
        chain: that of the run.
        step: N, at which fresh schedules begin.

    Raises:
        CreditError: the state is that of another estimator, of other schedules, or of a later
            version of verl-credit.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        tell(
            f"{folder} holds no {FILE_NAME}, so the schedules of {chain.name} begin at step {step}."
        )
        return CreditState(chain.init_state(), step)
    saved = json.loads(path.read_text())
    if saved.get("format", 1) > FORMAT:
        raise CreditError(
            f"{path} has format {saved['format']}, and this version of verl-credit reads up to "
            f"{FORMAT}; resume with the version that wrote it."
        )
    if saved["estimator"] != chain.name:
        raise CreditError(
            f"{path} was written by estimator {saved['estimator']}, this run uses "
            f"{chain.name}; resume with the same algorithm.adv_estimator, branch off with "
            "`verl-credit train RECIPE --from ...`, or set trainer.resume_mode=disable."
        )
    ours = {key: x for key, x in saved["state"].items() if key in chain.schedules}
    expected = {key: x for key, x in chain.init_state().items() if key in ours}
    foreign = bool(saved["state"] and chain.schedules and not ours)
    if foreign or _keys(ours) != _keys(expected):
        raise CreditError(
            f"{path} holds the state of other schedules than this run's {_told(chain)}; "
            "resume with the same algorithm.credit and version of verl-credit, branch off with "
            "`verl-credit train RECIPE --from ...`, or set trainer.resume_mode=disable."
        )
    state = {**chain.init_state(), **ours}
    kept = (saved.get("origin", 0), saved.get("notices", {}), saved.get("run", {}))
    return CreditState(state, *kept)


def _told(chain: Chain) -> str:
    kinds = (f"{k} ({type(s).__name__.lower()})" for k, s in chain.schedules.items())
    return ", ".join(kinds) or "(none)"


def continues(folder: Path, chain: Chain) -> bool:
    """Whether the state in a checkpoint folder is one that ``chain`` can go on with."""
    path = folder / FILE_NAME
    if not path.is_file():
        return False
    saved = json.loads(path.read_text())
    same: bool = saved["estimator"] == chain.name
    return same and _keys(saved["state"]) == _keys(chain.init_state())


def _keys(state: Any) -> Any:
    """The nested keys of a state, by which one kind of schedule is told from another."""
    return {k: _keys(v) for k, v in state.items()} if isinstance(state, Mapping) else None
