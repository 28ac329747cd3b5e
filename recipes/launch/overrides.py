"""A user's Hydra overrides: which cannot be read, and what they become for Hydra."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import RecipeError

MODEL_PATH = "actor_rollout_ref.model.path"
_OPEN = re.compile(
    r"\+*(algorithm\.credit\.|launch\.warm_start\.|data\.env\.(kwargs|mix|validation)[.=])"
)
_MIXTURE = re.compile(r"\+*data\.env\.mix[.=](?!null$)")


def check(overrides: Sequence[str]) -> None:
    """Refuse what Hydra's grammar cannot read.

    Raises:
        RecipeError: names the first override that is wrong.
    """
    from hydra.errors import HydraException

    for item in overrides:
        try:
            parsed = _parsed([item])[0]
        except HydraException as error:
            raise RecipeError(_unreadable(item, str(error))) from error
        if parsed.is_sweep_override():
            raise RecipeError(
                f"{item!r} gives several values; write key=[a,b] for a list, or quote a text: "
                "key=\"'a,b'\"."
            )


def for_hydra(overrides: Sequence[str], own_env: Callable[[], Mapping[str, Any]]) -> list[str]:
    """Translate a user's overrides into those that Hydra gets, here and in verl's process.

    Three things differ from plain Hydra:

    - ``algorithm.credit.*``, ``launch.warm_start.*`` and ``data.env.kwargs``, ``.mix`` and
      ``.validation`` may get new keys without ``+``: whoever reads them checks them and names all
      that are wrong;
    - another environment than the recipe's does not get the recipe's ``data.env.kwargs``; an
      environment takes the place of the recipe's mixture, and a mixture that of its environment;
    - a named model is trained as it is, without a warm start.

    Args:
        overrides: as the user wrote them; each can be read.
        own_env: gives the recipe's ``data.env``; asked only where another one is named.
    """
    items = [f"++{item.lstrip('+')}" if _OPEN.match(item) else item for item in overrides]
    env_id = _given(overrides, "data.env.id")
    if not env_id and any(map(_MIXTURE.match, overrides)):
        items = ["++data.env.id=null", "++data.env.kwargs=null", *items]
    elif env_id and _bare(env_id) != _bare((own := own_env()).get("id")):
        kept = [item for item in items if not item.startswith("~data.env.kwargs")]
        mixture = ["++data.env.mix=null"] if own.get("mix") else []
        items = ["++data.env.kwargs=null", *mixture, *kept]
    if _given(overrides, MODEL_PATH):
        items.append("++launch.warm_start=null")
    return items


def as_mapping(overrides: Sequence[str], under: str = "") -> dict[str, Any]:
    """The values of overrides as nested mappings, without a configuration that they change.

    Args:
        overrides: as the user wrote them.
        under: what a key may begin with, to be left away.

    Raises:
        RecipeError: names the first override that is wrong.

    >>> as_mapping(["gtpo.beta=0.5", "+algorithm.credit.sepa.lam=1"], under="algorithm.credit.")
    {'gtpo': {'beta': 0.5}, 'sepa': {'lam': 1}}
    """
    check(overrides)
    found: dict[str, Any] = {}
    for item in _parsed(overrides):
        if item.is_delete():
            raise RecipeError(f"{item.input_line!r} deletes a key; write key=value.")
        *sections, last = item.key_or_group.removeprefix(under).split(".")
        inner = found
        for section in sections:
            inner = inner.setdefault(section, {})
            if not isinstance(inner, dict):
                raise RecipeError(f"{item.input_line!r}: {section} already has a value.")
        inner[last] = item.value()
    return found


def _given(overrides: Sequence[str], key: str) -> Any:
    """The last value that overrides give to a key; None where they give none."""
    values = [item.value() for item in _parsed(overrides) if item.key_or_group == key]
    return values[-1] if values else None


def _parsed(overrides: Sequence[str]) -> list[Any]:
    from hydra.core.override_parser.overrides_parser import OverridesParser

    return list(OverridesParser.create().parse_overrides(list(overrides)))


def _bare(env_id: object) -> str:
    """An id without its ``module:``."""
    return str(env_id).rpartition(":")[2]


def _unreadable(item: str, reason: str) -> str:
    if "=" not in item:
        return f"{item!r} is no override; write key=value."
    where = " ".join(reason.partition("See https")[0].split())
    return (
        f"{item!r} cannot be read ({where}); a text with special characters wants quotes of its "
        "own: key=\"'text'\"."
    )
