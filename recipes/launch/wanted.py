"""What a user asks to train: composed, and checked before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ..catalog import recipe_file
from ..runs import Run, next_run
from . import preflight
from .branch import Branch, branch_from
from .compose import compose, for_hydra

if TYPE_CHECKING:
    from omegaconf import DictConfig


@dataclass(frozen=True)
class Wanted:
    """A checked configuration and where its run belongs.

    Attributes:
        recipe: file of the recipe.
        branch: the checkpoint to begin at, if one is named.
        overrides: those for Hydra.
        config: the configuration, before anything that depends on the run folder.
        place: keyword arguments of `open_run` and `next_run`.
    """

    recipe: Path
    branch: Branch | None
    overrides: list[str]
    config: DictConfig
    place: dict[str, Any]

    @property
    def text(self) -> str:
        """The configuration by which an unfinished run is found again."""
        return to_yaml(self.config, resolve=False)  # the model's path may be open until later

    def next_run(self) -> Run:
        """The run that `open_run` would give."""
        return next_run(self.recipe.stem, self.text, **self.place)


def wanted(
    recipe: str,
    overrides: Sequence[str],
    *,
    source: str | None,
    folder: Path,
    root: Path,
    name: str | None,
    fresh: bool,
    console: Console,
) -> Wanted:
    """Compose and check what `train` is called with; warnings are printed.

    Raises:
        RecipeError: unknown recipe, refused configuration, unusable run folder or checkpoint.
    """
    branch = branch_from(source) if source else None
    items = [*(branch.model(overrides) if branch else []), *overrides]
    items = for_hydra(recipe, items, folder)
    config = compose(recipe, items, folder)
    for warning in preflight.check(config, root):
        console.print(f"warning: {warning}", style="yellow", markup=False, soft_wrap=True)
    origin = branch.record if branch else None
    place = {"root": root, "name": name, "fresh": fresh, "branched_from": origin}
    asked = Wanted(recipe_file(recipe, folder), branch, items, config, place)
    # A branch that has begun no longer needs the checkpoint.
    if branch and not asked.next_run().resumed:
        branch.check(config)
    preflight.check_prompts(config, console)
    return asked


def to_yaml(config: DictConfig, *, resolve: bool = True) -> str:
    """A configuration as YAML text."""
    from omegaconf import OmegaConf

    return OmegaConf.to_yaml(config, resolve=resolve)
