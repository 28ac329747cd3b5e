"""What ``verl-credit inspect`` does: prints a group, or writes it as a page or a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from credit_plugins.dump import Dump, Rollout

from ..errors import RunError
from .layers import Layer, find, layers_of
from .pairing import Pairs, common_steps, pair
from .reading import Dumps, choose, open_dumps

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Request:
    """What is to be shown.

    Attributes:
        run: see ``open_dumps``.
        step: dumped step; None for the last.
        group: name or its beginning; None for the first in which rewards differ.
        by: key of a layer; None for the first that is known, the weight where there is one.
        rollout: this one only; None for the group.
        everything: to the end, however long.
        compare: another run.
        tokenizer: for prime-rl's exports.
    """

    run: Path
    step: int | None = None
    group: str | None = None
    by: str | None = None
    rollout: int | None = None
    everything: bool = False
    compare: Path | None = None
    tokenizer: Path | None = None


@dataclass(frozen=True)
class _Chosen:
    dumps: Dumps
    other: Dumps | None
    dump: Dump
    there: Dump | None  # the same step of the other run; None where nothing can be aligned
    pairs: Pairs
    rollouts: list[Rollout]
    layer: Layer


def print_group(request: Request, console: Console) -> None:
    """Print a group; of two runs, that of both and their difference.

    Raises:
        RunError: something that was asked for does not exist.
    """
    from . import terminal

    chosen = _choose(request)
    wanted = _only(chosen.rollouts, request.rollout)
    terminal.show(console, chosen.dumps, chosen.dump, wanted, chosen.layer, request.everything)
    if chosen.other is None:
        return
    console.print(f"\n{chosen.pairs.how}", markup=False)
    if chosen.there is None:
        return
    theirs = chosen.there.groups[dict(chosen.pairs.groups)[chosen.rollouts[0].group]]
    terminal.show(
        console,
        chosen.other,
        chosen.there,
        _only(theirs, request.rollout),
        find(chosen.layer.key, layers_of(chosen.there)),
        request.everything,
    )
    names = chosen.dumps.name, chosen.other.name
    terminal.show_difference(console, names, chosen.rollouts, theirs)


def write_page(request: Request, file: Path, console: Console) -> None:
    """Write the page of a run, or of two.

    Raises:
        RunError: something that was asked for does not exist.
    """
    from . import page

    chosen = _choose(request)
    names = [name for name, _ in chosen.pairs.groups]
    start = {
        "step": chosen.dump.step,
        "group": names.index(chosen.rollouts[0].group),
        "layer": chosen.layer.key,
    }
    text, said = page.build(chosen.dumps, chosen.other, step=request.step, start=start)
    file.write_text(text, encoding="utf-8")
    for sentence in said:
        console.print(sentence, style="yellow", markup=False)
    console.print(f"{file} ({len(text) / 1e6:.1f} MB)", markup=False, soft_wrap=True)


def write_picture(request: Request, file: Path, console: Console) -> None:
    """Write a picture of one rollout: the one asked for, else the first that was paid.

    Raises:
        RunError: something that was asked for does not exist.
    """
    from .picture import picture

    chosen = _choose(request)
    wanted = _only(chosen.rollouts, request.rollout)
    paid = next((rollout for rollout in wanted if rollout.reward > 0), wanted[0])
    file.write_text(picture(paid, chosen.layer), encoding="utf-8")
    console.print(f"{file}: rollout {paid.rollout}", markup=False, soft_wrap=True)


def _choose(request: Request) -> _Chosen:
    dumps = open_dumps(request.run, request.tokenizer)
    other = open_dumps(request.compare, request.tokenizer) if request.compare else None
    steps, said = common_steps(dumps, other) if other else ([], "")
    dump = dumps.load(steps[-1] if steps and request.step is None else request.step)
    there = other.load(dump.step) if other and dump.step in steps else None
    if there:
        pairs = pair(dump, there)
    else:
        alone = f"{other.name} has no dump of step {dump.step}." if other and steps else said
        pairs = Pairs(alone, [(name, "") for name in dump.groups])
    rollouts = choose(dump, request.group, [a for a, _ in pairs.groups] if there else None)
    layers = layers_of(dump)
    if not layers:
        raise RunError(f"The dump of step {dump.step} of {dumps.name} has no number of a token.")
    layer = _first_known(layers, rollouts) if request.by is None else find(request.by, layers)
    return _Chosen(dumps, other, dump, there, pairs, rollouts, layer)


def _first_known(layers: list[Layer], rollouts: list[Rollout]) -> Layer:
    """Weights are not known where the episode advantage is 0."""
    for layer in layers:
        if any(np.isfinite(layer.values(rollout)).any() for rollout in rollouts):
            return layer
    return layers[0]


def _only(rollouts: list[Rollout], number: int | None) -> list[Rollout]:
    if number is None:
        return rollouts
    found = [rollout for rollout in rollouts if rollout.rollout == number]
    if not found:
        numbers = ", ".join(str(rollout.rollout) for rollout in rollouts)
        raise RunError(f"Group {rollouts[0].group} has no rollout {number}; there are {numbers}.")
    return found
