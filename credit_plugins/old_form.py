"""Configurations of versions up to 0.3, refused with the new form written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ORDER = ("gtpo_paper", "grpo_s", "gtpo", "entropy_mask", "hicra")
_SIGNAL = ("sepa", "boost")
_SEPA = {
    "schedule": "linear",
    "steps": 100,
    "delay": 10,
    "value": 1.0,
    "gate": 0.1,
    "clock": "runs",
}
_ADAPTIVE = ("ema_decay", "warmup", "var_threshold")


def problems(credit: Mapping[str, Any], root: str) -> list[str]:
    """One sentence for a list under ``compose``, one for a schedule among SEPA's own keys."""
    found = []
    if isinstance(listed := credit.get("compose"), (list, tuple)):
        found.append(f"{root}.compose is now {root}.operators=[{','.join(_in_order(listed))}]")
    elif listed is not None:
        found.append(f"{root}.compose is now {root}.operators")
    sepa = credit.get("sepa")
    if isinstance(sepa, Mapping) and {*sepa} & {*_SEPA, *_ADAPTIVE}:
        old = ", ".join(key for key in sepa if key in {*_SEPA, *_ADAPTIVE})
        found.append(
            f"{root}.sepa: {old} now describe the number that they move; write "
            f"{root}.sepa.lam={_written(_lam(sepa))}"
        )
    return found


def _in_order(listed: Any) -> list[str]:
    """The order in which version 0.3 ran them, whatever the list's."""
    known = [part for part in (*_SIGNAL, *_ORDER) if part in listed]
    return [*(part for part in listed if part not in known), *known]


def _lam(sepa: Mapping[str, Any]) -> Any:
    old = {**_SEPA, **sepa}
    gate = {key: old[key] for key in ("gate", "clock") if old[key] not in (0, 0.0, "runs")}
    if old["schedule"] == "constant":
        if not gate:
            return old["value"]
        return {"schedule": "linear", "end": old["value"], "steps": 1, **gate}
    if old["schedule"] == "linear" and old["steps"] == 0:
        return 0.0
    numbers = {key: old[key] for key in ("steps", "delay")}
    if old["schedule"] == "adaptive":
        numbers = {k: sepa[k] for k in ("steps", "delay", *_ADAPTIVE) if k in sepa}
    return {"schedule": old["schedule"], **numbers, **gate}


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {x}" for key, x in value.items()) + "}"
    return str(value)
