"""A recipe and overrides composed into the configuration that verl's ``main_ppo`` will see."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog import RECIPES_DIR, recipe_file
from ..errors import RecipeError

if TYPE_CHECKING:
    from omegaconf import DictConfig

HOW_TO_INSTALL = "For GPUs: pip install -e '.[gpu]'. For a CPU: make setup."
VERL_MISSING = f"verl is not installed here. {HOW_TO_INSTALL}"
MODEL_PATH = "actor_rollout_ref.model.path"
_OPEN = re.compile(r"\+*(algorithm\.credit\.|data\.env\.kwargs[.=])")


def verl_config_dir() -> Path:
    """Folder of verl's own YAML files, found without importing verl (that takes seconds).

    Raises:
        RecipeError: verl is not installed.
    """
    spec = importlib.util.find_spec("verl")
    if spec is None or not spec.submodule_search_locations:
        raise RecipeError(VERL_MISSING)
    return Path(spec.submodule_search_locations[0]) / "trainer" / "config"


def for_hydra(recipe: str, overrides: Sequence[str], folder: Path = RECIPES_DIR) -> list[str]:
    """Translate a user's overrides into those that Hydra gets, here and in verl's process.

    Three things differ from plain Hydra:

    - ``algorithm.credit.*`` and ``data.env.kwargs*`` may be new keys without ``+``: the estimator
      and the environment check them and name all that are wrong at once;
    - another environment than the recipe's does not get the recipe's ``data.env.kwargs``;
    - a named model is trained as it is, without a warm start.

    Raises:
        RecipeError: as for `compose`.
    """
    with _told(recipe, folder):
        items = [f"++{item.lstrip('+')}" if _OPEN.match(item) else item for item in overrides]
        if (env_id := _given(overrides, "data.env.id")) and _brings_its_own(env_id, recipe, folder):
            kept = [item for item in items if not item.startswith("~data.env.kwargs")]
            items = ["++data.env.kwargs=null", *kept]
        if _given(overrides, MODEL_PATH):
            items.append("++launch.warm_start=null")
    return items


def compose(recipe: str, overrides: Sequence[str] = (), folder: Path = RECIPES_DIR) -> DictConfig:
    """Compose a recipe as ``python -m verl.trainer.main_ppo --config-dir recipes`` does.

    Args:
        recipe: name of a YAML file in ``folder``.
        overrides: Hydra overrides, ``key=value``; those of a user go through `for_hydra` first.
        folder: where the recipes lie.

    Raises:
        RecipeError: unknown recipe, verl missing, or an override Hydra refuses (then with the
            nearest existing key).
    """
    with _told(recipe, folder):
        return _compose(recipe, overrides, folder)


@contextmanager
def _told(recipe: str, folder: Path) -> Iterator[None]:
    """Turn what Hydra refuses into a sentence."""
    recipe_file(recipe, folder)
    try:
        yield
    except Exception as error:
        if not _is_config_error(error):
            raise
        raise RecipeError(_explain(error, recipe, folder)) from error


def _given(overrides: Sequence[str], key: str) -> Any:
    """The last value that overrides give to a key; None where they give none."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parsed = OverridesParser.create().parse_overrides(list(overrides))
    return next((item.value() for item in reversed(parsed) if item.key_or_group == key), None)


def _brings_its_own(env_id: str, recipe: str, folder: Path) -> bool:
    """Whether an id differs from that of the recipe's environment, ``module:`` ignored."""
    from omegaconf import OmegaConf

    own = OmegaConf.select(_compose(recipe, [], folder), "data.env.id")
    return str(env_id).rpartition(":")[2] != str(own).rpartition(":")[2]


def _compose(recipe: str, overrides: Sequence[str], folder: Path) -> DictConfig:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir

    search = f"hydra.searchpath=[{hydra_quote(verl_config_dir().as_uri())}]"
    with initialize_config_dir(str(folder), version_base=None):
        return hydra_compose(recipe, overrides=[search, *overrides])


def hydra_quote(value: str | Path) -> str:
    """``value`` as a quoted Hydra string: spaces, commas and equal signs lose their meaning."""
    escaped = str(value).replace("'", r"\'")
    return f"'{escaped}'"


def _is_config_error(error: Exception) -> bool:
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    return isinstance(error, HydraException | OmegaConfBaseException)


def _explain(error: Exception, recipe: str, folder: Path) -> str:
    text = " ".join(str(error).split())
    unknown = re.match(r"Could not override '([^']+)'", text)
    if unknown is None:
        return f"{recipe}: {text}"
    key = unknown.group(1)
    close = get_close_matches(key, _keys(_compose(recipe, [], folder)), n=3, cutoff=0.6)
    hint = f" Nearest: {', '.join(close)}." if close else ""
    return f"{recipe}: there is no key {key!r} to override.{hint} To add a new one write +{key}=..."


def _keys(config: DictConfig, prefix: str = "") -> Iterator[str]:
    from omegaconf import DictConfig

    for key in config:
        name, node = f"{prefix}{key!s}", config._get_node(key)
        yield name
        if isinstance(node, DictConfig):
            yield from _keys(node, f"{name}.")
