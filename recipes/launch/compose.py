"""A recipe and overrides composed into the configuration that verl's ``main_ppo`` will see."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ..catalog import RECIPES_DIR, recipe_file
from ..errors import RecipeError
from . import overrides as own_overrides

if TYPE_CHECKING:
    from omegaconf import DictConfig

HOW_TO_INSTALL = "For GPUs: pip install -e '.[gpu]'. For a CPU: make setup."
VERL_MISSING = f"verl is not installed here. {HOW_TO_INSTALL}"
# Where the defaults list of a recipe finds what it names; also the words of the plain command.
SEARCH_PATH = ("pkg://verl.trainer.config", "pkg://recipes")

_PLAIN = re.compile(r"/[\w./-]+|(?!null|true|false|inf|nan)[a-z]\w+")


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
    """Translate a user's overrides for Hydra; see `overrides.for_hydra`.

    Raises:
        RecipeError: as for `compose`.
    """

    def own_env() -> Mapping[str, Any]:
        return compose(recipe, [], folder).get("data", {}).get("env") or {}

    recipe_file(recipe, folder)
    own_overrides.check(overrides)
    return own_overrides.for_hydra(overrides, own_env)


def compose(recipe: str, overrides: Sequence[str] = (), folder: Path = RECIPES_DIR) -> DictConfig:
    """Compose a recipe as ``python -m verl.trainer.main_ppo --config-dir recipes`` does.

    Args:
        recipe: name of a YAML file in ``folder``, or the path of one.
        overrides: Hydra overrides, ``key=value``; those of a user go through `for_hydra` first.
        folder: where the recipes lie.

    Raises:
        RecipeError: unknown recipe, verl missing, a file that is no YAML, or an override that Hydra
            refuses (then with the nearest existing key).
    """
    file = recipe_file(recipe, folder)
    try:
        return _compose(file, overrides)
    except Exception as error:
        if not _is_config_error(error):
            raise
        raise RecipeError(_explain(error, file)) from error


def verl_defaults() -> DictConfig:
    """verl's configuration without any recipe."""
    return _initialised(verl_config_dir(), "ppo_trainer", [])


def search_path(file: Path) -> list[str]:
    """Where a recipe's defaults list is looked up, beside its own folder.

    That is what its file names under ``hydra.searchpath``, then verl's and our own recipes.
    """
    hydra = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("hydra") or {}
    return list(dict.fromkeys([*(hydra.get("searchpath") or []), *SEARCH_PATH]))


def hydra_quote(value: str | Path) -> str:
    """``value`` as a Hydra string: spaces, commas and equal signs lose their meaning."""
    text = str(value)
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("'", r"\'")
    return f"'{escaped}'"


def _compose(file: Path, overrides: Sequence[str]) -> DictConfig:
    # As folders, because Hydra would import verl and read what a foreign package of our name holds.
    # Hydra reads what follows file:// as it stands, so a space must not become %20.
    ours = (verl_config_dir(), RECIPES_DIR)
    folders = {name: f"file://{folder}" for name, folder in zip(SEARCH_PATH, ours, strict=True)}
    places = ",".join(hydra_quote(folders.get(place, place)) for place in search_path(file))
    return _initialised(file.parent, file.stem, [f"hydra.searchpath=[{places}]", *overrides])


def _initialised(folder: Path, name: str, overrides: Sequence[str]) -> DictConfig:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir

    with initialize_config_dir(str(folder), version_base=None):
        return hydra_compose(name, overrides=list(overrides))


def _is_config_error(error: Exception) -> bool:
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    return isinstance(error, HydraException | OmegaConfBaseException | yaml.YAMLError)


def _explain(error: Exception, file: Path) -> str:
    text = " ".join(str(error).split())
    if missing := re.search(r"Could not (?:find|load) '([^']+)'", text):
        return (
            f"{file.name}: its defaults list names {missing.group(1)!r}, which is neither beside "
            "it nor among the files of verl and verl-credit (ppo_trainer, base_gpu, base_cpu, ...)."
        )
    unknown = re.match(r"Could not override '([^']+)'", text)
    if unknown is None:
        return f"{file.stem}: {text}"
    key = unknown.group(1)
    close = get_close_matches(key, _keys(_compose(file, [])), n=3, cutoff=0.6)
    hint = f" Nearest: {', '.join(close)}." if close else ""
    # The environment and the operators refuse keys that they do not know, with a + too.
    closed = key.startswith(("data.env.", "algorithm.credit."))
    add = "" if closed else f" To add a new one write +{key}=..."
    return f"{file.stem}: there is no key {key!r} to override.{hint}{add}"


def _keys(config: DictConfig, prefix: str = "") -> Iterator[str]:
    from omegaconf import DictConfig

    for key in config:
        name, node = f"{prefix}{key!s}", config._get_node(key)
        yield name
        if isinstance(node, DictConfig):
            yield from _keys(node, f"{name}.")
