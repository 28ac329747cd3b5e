"""Every operator by name: those of this package, of installed packages, and any by its address.

An operator of this package is found because its file is there. A package offers one through the
entry-point group ``verl_credit.operators``; ``MODULE:NAME`` needs no registration at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from .discovery import at_address, in_files_of
from .errors import CreditConfigError
from .operator import KINDS, Operator
from .options import nearest

GROUP = "verl_credit.operators"


@cache
def own(kind: str | None = None) -> Mapping[str, Operator]:
    """The operators of this package by name, of one kind or of all, in alphabetical order."""
    found: dict[str, Operator] = {}
    for folder in [kind] if kind else KINDS:
        found |= in_files_of(f"{__package__}.{folder}", Operator)
    return found


@cache
def offered() -> Mapping[str, Any]:
    """Entry points of installed packages by name; a name of ours stays ours."""
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in own()}


def known_names() -> list[str]:
    """Every short name."""
    return [*own(), *offered()]


def find(name: str) -> Operator:
    """The operator of a short name or ``MODULE:NAME``.

    Raises:
        CreditConfigError: there is none; one sentence with the reason.
    """
    if not isinstance(name, str):
        raise CreditConfigError(f"unknown operator {name!r}; names are strings")
    if name in own():
        return own()[name]
    if name in offered() or ":" in name:
        address = offered()[name].value if name in offered() else name
        must = (
            "a function under episode_operator, signal_operator or token_operator of "
            "credit_plugins.operator"
        )
        return at_address(f"operator {name}", address, Operator, must)
    hint = nearest(name, known_names())
    raise CreditConfigError(f"unknown operator {name!r}; {hint} (MODULE:NAME for your own)")
