"""Values of a configuration: read as plain Python, and refused in a sentence that names the key."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .errors import EnvConfigError


def plain(section: Any, key: str) -> dict[Any, Any]:
    """Return a section as a dict, interpolations resolved; null is empty."""
    from omegaconf import OmegaConf

    if OmegaConf.is_config(section):
        section = OmegaConf.to_container(section, resolve=True)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise EnvConfigError(f"{key} must be a map of keys and values; got {section!r}.")
    return dict(section)


def known_only(given: dict[str, Any], key: str, known: Iterable[str]) -> dict[str, Any]:
    """Return `given` if it has no other keys than `known`."""
    if unknown := sorted(map(str, set(given) - set(known))):
        raise EnvConfigError(f"{key} has unknown keys {unknown}; it takes {sorted(known)}.")
    return given


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_VALUES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "instruction": ("a text, or null", lambda v: isinstance(v, str)),
    "seed": ("a whole number, at least 0", lambda v: _whole(v) and v >= 0),
    "weight": ("a number above 0", lambda v: _number(v) and v > 0),
    "size": ("at least 1, a whole number", lambda v: _whole(v) and v >= 1),
    "samples": ("at least 1, a whole number", lambda v: _whole(v) and v >= 1),
    "temperature": ("a number, at least 0", lambda v: _number(v) and v >= 0),
    "top_p": ("a number above 0 and at most 1", lambda v: _number(v) and 0 < v <= 1),
    "top_k": (
        "-1 for all tokens, or a whole number from 1",
        lambda v: _whole(v) and (v == -1 or v >= 1),
    ),
}


def checked(key: str, value: Any, kind: str) -> Any:
    """Return `value` if it is what values of this kind (`weight`, `size`, ...) must be."""
    what, good = _VALUES[kind]
    if not good(value):
        raise EnvConfigError(f"{key}={value!r} must be {what}.")
    return value
