"""The checkpoints that verl writes: which of them are complete, and how a user names one.

verl writes ``global_step_N`` folders and afterwards the number of the newest into
``latest_checkpointed_iteration.txt``, so that a folder beyond it was cut short.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import RunError
from .folder import Run, load

_TRACKER = "latest_checkpointed_iteration.txt"
_SHARD = "model_world_size_*_rank_0.pt"


@dataclass(frozen=True)
class Checkpoint:
    """One ``global_step_N`` folder, of a run of ours or of stock verl.

    Attributes:
        folder: absolute path.
    """

    folder: Path

    @property
    def step(self) -> int:
        """The step after which it was written."""
        return _step(self.folder) or 0

    @property
    def actor(self) -> Path:
        """Weights and optimizer state, a file per rank, and ``huggingface/`` with the tokenizer."""
        return self.folder / "actor"

    @cached_property
    def run(self) -> Run | None:
        """The run that wrote it; None for a checkpoint that lies elsewhere."""
        run = Run(self.folder.parent.parent)
        return run if run.checkpoints == self.folder.parent and run.config.exists() else None

    @property
    def ranks(self) -> int:
        """How many processes wrote it.

        Raises:
            RunError: it is not there or holds no FSDP weights.
        """
        for file in self.actor.glob(_SHARD):
            return int(file.name.split("_")[3])
        raise RunError(f"{self.folder} {self._why_unusable()}")

    def _why_unusable(self) -> str:
        siblings = [p for p in self.folder.parent.glob("*") if any(p.glob(f"actor/{_SHARD}"))]
        steps = sorted(step for path in siblings if (step := _step(path)) is not None)
        have = f"there are steps {steps}." if steps else "there is none beside it."
        if not self.folder.exists():
            return f"does not exist; {have}"
        return (
            f"has no weights (actor/{_SHARD}): verl deletes those of older steps, see "
            f"trainer.max_actor_ckpt_to_keep; {have}"
        )

    def check(self) -> None:
        """Refuse a checkpoint that is not there or was cut short.

        Raises:
            RunError: with what is missing.
        """
        ranks, last = self.ranks, last_step(self.folder.parent)
        if last is not None and self.step > last:
            raise RunError(f"{self.folder} was cut short; the last complete step is {last}.")
        for rank in range(ranks):
            file = self.actor / f"model_world_size_{ranks}_rank_{rank}.pt"
            if not file.exists():
                raise RunError(f"{self.folder} was cut short: actor/{file.name} is missing.")


def last_step(folder: Path) -> int | None:
    """Step of the last complete checkpoint in a folder of checkpoints; None if there is none."""
    tracker = folder / _TRACKER
    text = tracker.read_text().strip() if tracker.exists() else ""
    return int(text) if text.isdigit() else None


def checkpoint_named(name: str) -> Checkpoint:
    """The checkpoint that a user names: RUN, RUN@STEP, or the path of a ``global_step_N`` folder.

    RUN is the folder of a run and means its last complete checkpoint. Whether the files are all
    there is `Checkpoint.check`'s to say.

    Raises:
        RunError: the name leads to no checkpoint.
    """
    path = Path(name).expanduser().resolve()
    if _step(path) is not None:
        return Checkpoint(path)
    folder, _, step = name.rpartition("@")
    if folder and step.isdigit():
        return checkpoint_of(Run(Path(folder).expanduser().resolve()), int(step))
    return checkpoint_of(load(Path(name).expanduser()))


def checkpoint_of(run: Run, step: int | None = None) -> Checkpoint:
    """The checkpoint of a run after ``step``, by default its last complete one.

    Raises:
        RunError: the run has none.
    """
    step = last_step(run.checkpoints) if step is None else step
    if step is None:
        raise RunError(
            f"{run.path} has no complete checkpoint yet; one is written every "
            f"trainer.save_freq={run.setting('trainer.save_freq')} steps."
        )
    return Checkpoint(run.checkpoints / f"global_step_{step}")


def _step(folder: Path) -> int | None:
    match = re.fullmatch(r"global_step_(\d+)", folder.name)
    return int(match.group(1)) if match else None
