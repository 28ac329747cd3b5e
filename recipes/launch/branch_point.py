"""What a branch takes along from a checkpoint, kept in the branch's own folder.

Files are hard links where the file system has them: the other run may go on and delete its
checkpoint without harm to the branch.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..cache import in_one_rename
from ..runs.checkpoints import Checkpoint

if TYPE_CHECKING:
    from omegaconf import DictConfig


@dataclass(frozen=True)
class Part:
    """Something in a checkpoint that goes along or begins afresh.

    Attributes:
        name: in words.
        files: how the names of its files begin.
        goes_along: whether it does, for a checkpoint and the branch's configuration.
    """

    name: str
    files: tuple[str, ...]
    goes_along: Callable[[Checkpoint, DictConfig], bool]

    def lies_in(self, folder: Path) -> bool:
        """Whether a checkpoint folder has it."""
        return any(any(folder.rglob(f"{start}*")) for start in self.files)


def _same_optimizer(checkpoint: Checkpoint, config: DictConfig) -> bool:
    from credit_plugins.verl_adapter.resuming import optimizer

    # Of a stock checkpoint nothing is known: it is resumed as verl does.
    return checkpoint.run is None or optimizer(checkpoint.run.settings) == optimizer(config)


def _same_order(checkpoint: Checkpoint, config: DictConfig) -> bool:
    from credit_plugins.verl_adapter.resuming import task_order

    run = checkpoint.run
    return run is not None and task_order(run.settings) == task_order(config)


def _same_schedules(checkpoint: Checkpoint, config: DictConfig) -> bool:
    from credit_plugins.config import build_chain
    from credit_plugins.verl_adapter import state
    from credit_plugins.verl_adapter.estimators import credit_section, is_ours

    name = str(config.algorithm.adv_estimator)
    if not is_ours(name):
        return False
    credit = credit_section(config.algorithm)
    return state.continues(checkpoint.folder, build_chain(name, credit))


OPTIMIZER = Part("optimizer", ("optim_world_size_", "extra_state_world_size_"), _same_optimizer)
PARTS = (
    OPTIMIZER,
    Part("order of tasks", ("data.pt", "transfer_queue"), _same_order),
    Part("schedules", ("credit.json",), _same_schedules),
)


def keep(checkpoint: Checkpoint, kept: Path, config: DictConfig) -> None:
    """Fill the folder ``kept`` with what of a checkpoint goes along; it appears in one rename.

    - Weights always.
    - Optimizer and learning-rate schedule, unless ``actor.optim`` differs from that of the run
      that wrote the checkpoint: loaded, they would bring their old learning rate.
    - The order of the training tasks, if all that decides it is the same.
    - The state of the schedules, if the estimator is the same and has the same kind of them.
    """
    fresh = [part for part in PARTS if not part.goes_along(checkpoint, config)]
    starts = tuple(start for part in fresh for start in part.files)

    def ignore(_folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name.startswith(starts)} if starts else set()

    with in_one_rename(kept) as made:
        shutil.copytree(checkpoint.folder, made, ignore=ignore, copy_function=_link)


def told(kept: Path) -> str:
    """What went along into ``kept`` and what begins afresh, in words."""
    along = ["weights", *(part.name for part in PARTS if part.lies_in(kept))]
    fresh = [part.name for part in PARTS if not part.lies_in(kept)]
    afresh = f"; afresh: {', '.join(fresh)}" if fresh else ""
    return f"with its {', '.join(along)}{afresh}"


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, target)
