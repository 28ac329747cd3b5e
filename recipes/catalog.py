"""The recipes of this folder: their names, their one-line descriptions, their files."""

from __future__ import annotations

from pathlib import Path

from .errors import UnknownRecipeError, nearest

RECIPES_DIR = Path(__file__).resolve().parent


def recipe_names(folder: Path = RECIPES_DIR) -> list[str]:
    """Names of the recipes: YAML files with a defaults list; ``base*`` are what recipes share."""
    files = [path for path in folder.glob("*.yaml") if not path.stem.startswith("base")]
    return sorted(path.stem for path in files if _has_defaults(path))


def recipe_file(name: str, folder: Path = RECIPES_DIR) -> Path:
    """File of the recipe ``name``.

    Raises:
        UnknownRecipeError: there is none; the message names the nearest ones.
    """
    names = recipe_names(folder)
    if name not in names:
        raise UnknownRecipeError(f"No recipe is called {name!r}. {nearest(name, names)}")
    return folder / f"{name}.yaml"


def description(name: str, folder: Path = RECIPES_DIR) -> str:
    """First line of the comment at the head of a recipe's file; empty if there is none."""
    for line in recipe_file(name, folder).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            return ""
        if text := line.lstrip("# ").rstrip():
            return text
    return ""


def _has_defaults(path: Path) -> bool:
    lines = path.read_text(encoding="utf-8").splitlines()
    return any(line.startswith("defaults:") for line in lines)
