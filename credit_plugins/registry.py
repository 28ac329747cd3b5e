"""Every operator by name: those of this package, of installed packages, and any by its address.

An operator of this package is found because its file is there. A package offers one through the
entry-point group ``verl_credit.operators``; ``MODULE:NAME`` needs no registration at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Any

from .errors import CreditConfigError
from .operator import KINDS, Operator
from .options import Options, nearest
from .planning import PlanningConfig

GROUP = "verl_credit.operators"
SECTIONS: Mapping[str, type[Options]] = {"planning": PlanningConfig}
"""Sections of ``algorithm.credit`` that are not an operator's."""


@cache
def own(kind: str | None = None) -> Mapping[str, Operator]:
    """The operators of this package by name, of one kind or of all, in alphabetical order."""
    found: dict[str, Operator] = {}
    for package in [kind] if kind else KINDS:
        folder = import_module(f"{__package__}.{package}")
        for file in iter_modules(folder.__path__):
            module = import_module(f"{folder.__name__}.{file.name}")
            declared = (x for x in vars(module).values() if isinstance(x, Operator))
            found |= {x.name: x for x in declared if x.module == module.__name__}
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
    if name in offered():
        return _checked(name, _loaded(name, offered()[name].value))
    if ":" in name:
        return _checked(name, _loaded(name, name))
    hint = nearest(name, known_names())
    raise CreditConfigError(f"unknown operator {name!r}; {hint}, or MODULE:NAME for your own")


def _loaded(name: str, address: str) -> Any:
    module, _, attribute = address.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except CreditConfigError as error:
        raise CreditConfigError(f"operator {name}: {error}") from error
    except ModuleNotFoundError as error:
        missing = f"no module named {error.name!r}"
        raise CreditConfigError(
            f"operator {name}: {missing} is found from this folder or the environment"
        ) from error
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise CreditConfigError(f"operator {name} cannot be loaded: {why}") from error


def _checked(name: str, found: Any) -> Operator:
    if not isinstance(found, Operator):
        raise CreditConfigError(
            f"operator {name} is {type(found).__name__}, must be a function under "
            "episode_operator, signal_operator or token_operator of credit_plugins.operator"
        )
    return found
