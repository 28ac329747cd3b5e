"""`--dry-run`: every check, the difference to verl's defaults, the exact command; no start."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf
from rich.console import Console

from ..catalog import RECIPES_DIR, recipe_file
from ..runs import next_run
from . import preflight
from .attempt import Attempt, shown
from .branch import branch_from
from .compose import compose, for_hydra, verl_defaults
from .launcher import model_override, plan, to_yaml, warn

if TYPE_CHECKING:
    from omegaconf import DictConfig

_MISSING = object()


def dry_run(
    recipe: str,
    overrides: Sequence[str] = (),
    *,
    name: str | None = None,
    fresh: bool = False,
    source: str | None = None,
    console: Console | None = None,
    root: Path = Path("outputs"),
    folder: Path = RECIPES_DIR,
) -> int:
    """Do all that `train` does before it starts something, and print it.

    Prompt lengths need the model's tokenizer: a warm-started model that is not made yet leaves them
    open, and the output says so.

    Args and errors are those of `train`; the status is 0.
    """
    console = console or Console()
    file = recipe_file(recipe, folder)
    branch = branch_from(source) if source else None
    items = [*(branch.model(overrides) if branch else []), *overrides]
    items = for_hydra(recipe, items, folder)
    config = compose(recipe, items, folder)
    warn(preflight.check(config, root), console)
    settings = preflight.launch_section(config).get("warm_start")
    model = preflight.warm_started(settings) if settings else None
    named = model_override(model)
    if model is None or model.exists():
        preflight.check_prompts(compose(recipe, [*named, *items], folder))
    text, origin = to_yaml(config, resolve=False), branch.record if branch else None
    run = next_run(file.stem, text, root=root, name=name, fresh=fresh, branched_from=origin)
    if branch and not run.resumed:
        branch.check(config)
    begun = branch.overrides(run, config) if branch else []
    attempt = plan(run, file, config, [*named, *begun, *items])
    _say(console, "Differences from verl's defaults:")
    for line in differences(attempt.config):
        _say(console, f"  {line}")
    _say(console, f"\n{'Resumes' if run.resumed else 'Run'}: {shown(run.path)}")
    if model is not None and not model.exists():
        _say(
            console,
            f"The warm-started model is not made yet, so prompts were not measured: `verl-credit "
            f"warm-start {shlex.join([recipe, *overrides])}` makes it.",
        )
    _say(console, f"\n{command_line(attempt)}")
    return 0


def differences(config: DictConfig) -> Iterator[str]:
    """``key: value`` for all that verl's defaults do not have or have otherwise."""
    # Unresolved: a key that verl derives from another is no difference of its own.
    ours, theirs = (
        dict(_flat(OmegaConf.to_container(c, resolve=False))) for c in (config, verl_defaults())
    )
    for key, value in ours.items():
        before = theirs.get(key, _MISSING)
        if before is _MISSING:
            yield f"{key}: {_shown(value)}"
        elif before != value:
            yield f"{key}: {_shown(value)}  (verl: {_shown(before)})"


def command_line(attempt: Attempt) -> str:
    """The command of an attempt for a shell, environment first."""
    variables = [f"{key}={shlex.quote(value)}" for key, value in attempt.env.items()]
    program = ["python" if part == sys.executable else part for part in attempt.command]
    lines = [program[:3], program[3:5], program[5:7], *([part] for part in program[7:])]
    return " \\\n  ".join([*variables, *map(shlex.join, lines)])


def _flat(node: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _flat(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, node


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
