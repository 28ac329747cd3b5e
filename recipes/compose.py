"""A recipe and overrides composed into the configuration that verl's ``main_ppo`` will see."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from .catalog import RECIPES_DIR, recipe_file
from .errors import RecipeError

if TYPE_CHECKING:
    from omegaconf import DictConfig

HOW_TO_INSTALL = "For GPUs: pip install -e '.[gpu]'. For a CPU: make setup."
VERL_MISSING = f"verl is not installed here. {HOW_TO_INSTALL}"


def verl_config_dir() -> Path:
    """Folder of verl's own YAML files, found without importing verl (that takes seconds).

    Raises:
        RecipeError: verl is not installed.
    """
    spec = importlib.util.find_spec("verl")
    if spec is None or not spec.submodule_search_locations:
        raise RecipeError(VERL_MISSING)
    return Path(spec.submodule_search_locations[0]) / "trainer" / "config"


def open_credit_keys(overrides: Sequence[str]) -> list[str]:
    """Let ``algorithm.credit.*`` pass Hydra, so that our own check names every bad key at once."""
    return [f"++{item}" if item.startswith("algorithm.credit.") else item for item in overrides]


def compose(recipe: str, overrides: Sequence[str] = (), folder: Path = RECIPES_DIR) -> DictConfig:
    """Compose a recipe as ``python -m verl.trainer.main_ppo --config-dir recipes`` does.

    Args:
        recipe: name of a YAML file in ``folder``.
        overrides: Hydra overrides, ``key=value``.
        folder: where the recipes lie.

    Raises:
        RecipeError: unknown recipe, verl missing, or an override Hydra refuses (then with the
            nearest existing key).
    """
    recipe_file(recipe, folder)
    try:
        return _compose(recipe, open_credit_keys(overrides), folder)
    except Exception as error:
        if not _is_config_error(error):
            raise
        raise RecipeError(_explain(error, recipe, folder)) from error


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
    from omegaconf import OmegaConf

    for key in config:
        yield f"{prefix}{key}"
        if OmegaConf.is_dict(config._get_node(key)):
            yield from _keys(config._get_node(key), f"{prefix}{key}.")
