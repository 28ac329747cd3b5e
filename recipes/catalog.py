"""Recipes: those of this folder by name, and a user's own by the path of a YAML file."""

from __future__ import annotations

from pathlib import Path

from .errors import UnknownRecipeError, nearest

RECIPES_DIR = Path(__file__).resolve().parent


def recipe_names(folder: Path = RECIPES_DIR) -> list[str]:
    """Names of the recipes: YAML files with a defaults list; ``base*`` are what recipes share."""
    files = [path for path in folder.glob("*.yaml") if not path.stem.startswith("base")]
    return sorted(path.stem for path in files if _has_defaults(path))


def recipe_file(recipe: str, folder: Path = RECIPES_DIR) -> Path:
    """File of a recipe.

    Args:
        recipe: a name in ``folder``, or a path: it has a slash or ends in ``.yaml``.
        folder: where the recipes lie.

    Raises:
        UnknownRecipeError: there is none; for a name the message has the nearest ones.
    """
    if "/" in recipe or recipe.endswith(".yaml"):
        return _own_file(Path(recipe).expanduser())
    names = recipe_names(folder)
    if recipe not in names:
        here = f" The file here is ./{recipe}.yaml." if Path(f"{recipe}.yaml").is_file() else ""
        raise UnknownRecipeError(f"No recipe is called {recipe!r}. {nearest(recipe, names)}{here}")
    return folder / f"{recipe}.yaml"


def description(name: str, folder: Path = RECIPES_DIR) -> str:
    """First line of the comment at the head of a recipe's file; empty if there is none."""
    for line in recipe_file(name, folder).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            return ""
        if text := line.lstrip("# ").rstrip():
            return text
    return ""


def _own_file(path: Path) -> Path:
    if path.suffix != ".yaml":
        raise UnknownRecipeError(f"A recipe of your own is a file that ends in .yaml; got {path}.")
    if not path.is_file():
        raise UnknownRecipeError(f"There is no recipe {path}: no such file.")
    if not _has_defaults(path):
        raise UnknownRecipeError(
            f"{path} has no defaults list, so verl's own settings are missing; begin it with "
            "defaults: [base_cpu, _self_]"
        )
    return path.resolve()


def _has_defaults(path: Path) -> bool:
    lines = path.read_text(encoding="utf-8").splitlines()
    return any(line.startswith("defaults:") for line in lines)
