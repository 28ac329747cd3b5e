"""A validation that a run missed: verl saves a checkpoint before it validates at the same step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..runs import Run
from ..runs.checkpoints import last_step
from ..runs.history import merged

if TYPE_CHECKING:
    from omegaconf import DictConfig


def made_up(run: Run, config: DictConfig) -> Sequence[str]:
    """The override that lets a resumed run make up for the validation of its last checkpoint.

    A run that ends between the two has the weights and no outcome, and goes on behind them. None
    is needed where the outcome is there, or where no validation was due.
    """
    trainer, step = config.trainer, last_step(run.checkpoints)
    if not step or trainer.test_freq <= 0:
        return ()
    due = step % trainer.test_freq == 0 or step == trainer.total_training_steps
    made = any(name.startswith("val-") for name in merged(run.attempts()).get(step, {}))
    return ("trainer.val_before_train=true",) if due and not made else ()
