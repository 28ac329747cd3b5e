"""Sections of ``trainer`` in a verl configuration that hold options of ours.

In stock verl they are absent, and then every option has its default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from omegaconf import OmegaConf

from ..options import Options

Kind = TypeVar("Kind", bound=Options)


def problems_of(config: Any, path: str, kind: type[Options]) -> list[str]:
    """One sentence per setting of a section that is unknown or out of range.

    Args:
        config: verl's.
        path: of the section, dotted.
        kind: the options that it may hold.
    """
    section = _section(config, path)
    if not isinstance(section, Mapping):
        return [f"{path} is {section!r}, must be a mapping of options"]
    return kind.problems(section, path=f"{path}.")


def options_of(config: Any, path: str, kind: type[Kind]) -> Kind:
    """The options of a section in which `problems_of` finds no problem."""
    return kind(**_section(config, path))


def _section(config: Any, path: str) -> Any:
    section = OmegaConf.select(config, path)
    return {} if section is None else section
