"""Which compositions run in one pass, and with which numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..signals.sepa import sepa
from ..token.gtpo import apply_gtpo
from ..token.hicra import apply_hicra


@dataclass(frozen=True)
class Plan:
    """The numbers of a composition that fuses: signal, GTPO's two betas, HICRA's alpha."""

    signal_key: str
    beta: float
    negative_beta: float
    alpha: float


def plan_of(
    token: Mapping[str, Any], edit: Callable[..., Any] | None, signal: Mapping[str, Any]
) -> Plan | None:
    """The plan of token operators, SEPA's factory and further edits; None if they do not fuse."""
    if signal or not set(token) <= {"gtpo", "hicra"}:
        return None
    weigh, lift = _keywords(token.get("gtpo"), apply_gtpo), {"alpha": 0.0, "centered": False}
    if "hicra" in token:
        lift = _keywords(token["hicra"], apply_hicra)
    if edit is not None and _keywords(edit, sepa) != {"mode": "pool", "scope": "completion"}:
        return None
    if not weigh or not lift or lift["centered"] or weigh["negative_beta"] < 0:
        return None
    return Plan(weigh["key"], weigh["beta"], weigh["negative_beta"], lift["alpha"])


def _keywords(operator: Any, function: Callable[..., Any]) -> dict[str, Any]:
    known = isinstance(operator, partial) and operator.func is function and not operator.args
    return operator.keywords if known else {}
