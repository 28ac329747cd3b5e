"""`--dry-run`: every check, the differences to verl, the needs, the exact command; no start."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf
from rich.console import Console

from ..catalog import RECIPES_DIR
from . import preflight, resources
from .attempt import Attempt, shown
from .compose import verl_defaults
from .launcher import plan
from .resources.memory import gb, listed
from .resources.settings import full_length
from .wanted import wanted

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

    Args and errors are those of `train`; the status is 0.
    """
    from ..warm_start import check

    console = console or Console()
    place: dict[str, Any] = {"folder": folder, "root": root, "name": name, "fresh": fresh}
    asked = wanted(recipe, overrides, source=source, console=console, **place)
    settings = preflight.launch_section(asked.config).get("warm_start")
    model = check(settings) if settings else None
    run = asked.next_run()
    begun = asked.branch.overrides(run, asked.config) if asked.branch else []
    attempt = plan(run, asked, model, begun)
    _say(console, "Differences from verl's defaults:")
    for line in differences(attempt.config):
        _say(console, f"  {line}")
    _say(console, "")
    for line in needs(attempt.config):
        _say(console, line)
    _say(console, f"\n{'Resumes' if run.resumed else 'Run'}: {shown(run.path)}")
    if model is not None and not model.exists():
        _say(
            console,
            "The model is not warm-started yet; `verl-credit warm-start "
            f"{shlex.join([recipe, *overrides])}` does so.",
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


def needs(config: DictConfig) -> Iterator[str]:
    """What a configuration needs of Ray, the queue and each GPU, a line each."""
    wanted = resources.need(config, resources.model_config(config))
    kind = "logical GPU(s)" if config.trainer.device == "cpu" else "GPU(s)"
    room = OmegaConf.select(config, f"{resources.STORAGE}.total_storage_size")
    yield (
        f"Needs: {wanted.cpus} CPUs and {wanted.gpus} {kind} of Ray, {wanted.rows} of {room} rows "
        "of the queue."
    )
    if (memory := wanted.memory) is None:
        return
    yield f"Memory of each GPU, GB of {gb(memory.card)}; computed, not measured:"
    for phase, parts in memory.phases.items():
        yield f"  {phase:<9} {gb(sum(parts.values())):>6}  {listed(parts)}"
    yield (
        f"  {'vLLM':<9} {gb(sum(memory.share.values())):>6}  {listed(memory.share)}: "
        f"{memory.sequences} sequences of {full_length(config)} tokens at once"
    )


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
