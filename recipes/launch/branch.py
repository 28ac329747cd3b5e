"""A run that begins at a checkpoint of another run, or of stock verl.

From its first own checkpoint on, it resumes like any run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ..errors import RunError
from ..runs import Run
from ..runs.checkpoints import Checkpoint, checkpoint_named, last_step
from .attempt import shown
from .branch_point import OPTIMIZER, keep, told
from .compose import hydra_quote
from .overrides import MODEL_PATH

if TYPE_CHECKING:
    from omegaconf import DictConfig

_LOAD = "actor_rollout_ref.actor.checkpoint.load_contents"
_OURS = ("trainer.resume_mode=", "trainer.resume_from_path=", "trainer.default_local_dir=")


@dataclass(frozen=True)
class Branch:
    """Where a branch begins."""

    checkpoint: Checkpoint

    @property
    def record(self) -> dict[str, Any]:
        """What ``run.json`` keeps of it."""
        return {"checkpoint": str(self.checkpoint.folder), "step": self.checkpoint.step}

    def model(self, overrides: Sequence[str]) -> list[str]:
        """The override that names the model: that of the other run, unless the user names one.

        Raises:
            RunError: neither is there, or an override is not the user's to give.
        """
        for item in overrides:
            if item.lstrip("+").startswith(_OURS):
                raise RunError(f"--from decides what {item} would say; leave one of them out.")
        if any(item.lstrip("+").startswith(f"{MODEL_PATH}=") for item in overrides):
            return []
        run = self.checkpoint.run
        path = run.setting(MODEL_PATH) if run else None
        if path is None:
            raise RunError(
                f"{self.checkpoint.folder} does not say which model was trained; add "
                f"{MODEL_PATH}=FOLDER."
            )
        return [f"{MODEL_PATH}={hydra_quote(path)}"]

    def check(self, config: DictConfig) -> None:
        """Refuse a branch that could not train.

        Raises:
            RunError: the checkpoint is missing or cut short, was written by another number of
                ranks, or lies at or beyond the last step.
        """
        self.checkpoint.check()
        trainer, step = config.trainer, self.checkpoint.step
        total, ranks = trainer.total_training_steps, trainer.nnodes * trainer.n_gpus_per_node
        if total is not None and total <= step:
            raise RunError(
                f"The branch begins at step {step} and trainer.total_training_steps={total} counts "
                f"from step 0, so nothing would be trained; set it to more than {step}."
            )
        if self.checkpoint.ranks != ranks:
            raise RunError(
                f"{self.checkpoint.folder} was written by {self.checkpoint.ranks} rank(s) and this "
                f"run has {ranks}; trainer.nnodes * trainer.n_gpus_per_node must be the same."
            )

    def begin(self, run: Run, config: DictConfig, console: Console) -> list[str]:
        """Keep what goes along, unless the branch has gone on by itself; see `overrides`."""
        if last_step(run.checkpoints) is None:
            kept = self._kept(run)
            if not kept.exists():
                self.checkpoint.check()
                keep(self.checkpoint, kept, config)
            line = f"Branch of {shown(self.checkpoint.folder)} {told(kept)}."
            console.print(line, highlight=False, soft_wrap=True)
        return self.overrides(run, config)

    def overrides(self, run: Run, config: DictConfig) -> list[str]:
        """What tells verl where the next attempt begins: here, or at its own last checkpoint."""
        if last_step(run.checkpoints) is not None:
            return ["trainer.resume_mode=auto"]
        kept = self._kept(run)
        own = ["trainer.resume_mode=resume_path", f"trainer.resume_from_path={hydra_quote(kept)}"]
        if kept.exists():
            has_optimizer = OPTIMIZER.lies_in(kept)
        else:
            has_optimizer = OPTIMIZER.lies_in(self.checkpoint.folder) and OPTIMIZER.goes_along(
                self.checkpoint, config
            )
        return own if has_optimizer else [*own, f"{_LOAD}=[model]"]

    def _kept(self, run: Run) -> Path:
        return run.path / "branch_point" / self.checkpoint.folder.name


def branch_from(name: str) -> Branch:
    """The branch at a checkpoint that a user names: RUN, RUN@STEP or a ``global_step_N`` folder.

    Raises:
        RunError: the name leads to no checkpoint.
    """
    return Branch(checkpoint_named(name))
