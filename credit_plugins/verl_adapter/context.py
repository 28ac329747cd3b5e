"""What the trainer knows and verl does not pass on, handed to the estimator of the same call.

verl calls an estimator with rewards, mask, group ids and config only. The trainer subclass puts
the rest into a context variable around verl's own ``_compute_advantage``; both run in the same
thread, so nothing global is needed and a nested or failing call leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .nonfinite import NonFinite

if TYPE_CHECKING:
    from ..chain import Chain
    from ..planning import PieceTable
    from .entropies import Entropies
    from .traces import Traces


@dataclass
class StepContext:
    """One advantage step: inputs from the trainer, outputs from the estimator.

    Attributes:
        chain: that of this run.
        batch: verl's ``KVBatchMeta``, by which signals are fetched.
        acc: of every session, in order; None where none of 0 or 1 was reported.
        pieces: vocabulary table for planning masks; None if the chain reads none.
        entropies: takes entropies in; None if the chain reads none.
        step: steps since the schedules began; verl's ``global_steps`` but in some branches.
        state: schedule and gate state; replaced by the chain's answer.
        traces: takes in what operators make of the sessions that are to be dumped; None for none.
        nonfinite: counts what is not finite of what the chain reads and answers.
        metrics: ``credit/*`` numbers of this step, written by the estimator.
    """

    chain: Chain
    batch: Any
    acc: Sequence[float | None]
    pieces: PieceTable | None
    entropies: Entropies | None
    step: int
    state: Mapping[str, Any]
    traces: Traces | None = None
    nonfinite: NonFinite = field(default_factory=NonFinite)
    metrics: dict[str, float] = field(default_factory=dict)


_CURRENT: ContextVar[StepContext | None] = ContextVar("verl_credit_step", default=None)


def current() -> StepContext | None:
    """The step being computed in this thread, or None outside our trainer."""
    return _CURRENT.get()


@contextmanager
def providing(step: StepContext) -> Iterator[StepContext]:
    """Make ``step`` the current one inside the ``with`` block."""
    token = _CURRENT.set(step)
    try:
        yield step
    finally:
        _CURRENT.reset(token)
