"""SEPA, selective entropy pooling with annealing: execution tokens share their mean entropy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..batch import CreditBatch
from ..options import Options, choice, integer, number
from ..schedules import CLOCKS, SCHEDULES, StickyGate
from ..stats import SCOPES, masked_mean, widen
from ..types import SignalOperator
from .planning import execution

MODE_NAMES = ("pool", "one_sided", "amplify", "amplify_clamped")


@dataclass(frozen=True)
class SepaConfig(Options):
    """Options of ``algorithm.credit.sepa``: what it does, how lambda grows, what it waits for.

    Attributes:
        mode: ``pool``, ``one_sided``, ``amplify`` or ``amplify_clamped``.
        scope: what the execution mean is taken over: ``completion``, ``group`` or ``batch``.
        schedule: ``linear`` (steps, delay), ``constant`` (value) or ``adaptive`` (var_threshold,
            ema_decay, warmup; steps and delay are its floor).
        steps: steps from lambda 0 to 1; 0 keeps lambda at 0.
        delay: steps before lambda starts to grow.
        value: lambda of the constant schedule.
        ema_decay: weight of the past in the average of the execution variance, per step.
        warmup: steps after which that average is taken as the variance to compare with.
        var_threshold: share of that variance below which lambda leaves 0.
        gate: correct rate that a batch must reach once before lambda leaves 0; 0 means no gate.
        clock: whether the schedule ``runs`` while the gate is closed, or ``waits`` for it.
    """

    mode: str = choice("pool", MODE_NAMES)
    scope: str = choice("completion", SCOPES)
    schedule: str = choice("linear", tuple(SCHEDULES))
    steps: int = integer(100, 0)
    delay: int = integer(10, 0)
    value: float = number(1.0, 0.0, 1.0)
    ema_decay: float = number(0.9, 0.0, 1.0)
    warmup: int = integer(10, 1)
    var_threshold: float = number(0.2, 1e-6, 1.0)
    gate: float = number(0.1, 0.0, 1.0)
    clock: str = choice("runs", CLOCKS)

    def annealing(self) -> StickyGate:
        """The schedule of lambda behind its gate."""
        inner = SCHEDULES[self.schedule](
            steps=self.steps,
            delay=self.delay,
            value=self.value,
            ema_decay=self.ema_decay,
            warmup=self.warmup,
            var_threshold=self.var_threshold,
        )
        return StickyGate(inner, threshold=self.gate, clock=self.clock)

    def operator(self) -> Callable[..., SignalOperator]:
        """``sepa`` with everything but lambda, which the schedule gives."""
        return partial(sepa, mode=self.mode, scope=self.scope)


def sepa(*, lam: float, mode: str = "pool", scope: str = "completion") -> SignalOperator:
    """Move the signal of execution tokens towards their mean ``mu``, or away from it.

    Planning tokens keep ``S_t``; an execution token gets

    - pool: ``lam * mu + (1 - lam) * S_t``
    - one_sided: ``S_t - lam * max(S_t - mu, 0)``
    - amplify: ``(1 + lam) * S_t - lam * mu``
    - amplify_clamped: ``max(0, (1 + lam) * S_t - lam * mu)``

    lam=0 is the identity. Per completion, pool and amplify keep the mean over execution tokens and
    over all tokens, and scale the execution variance by (1-lam)^2 and (1+lam)^2. Hence GTPO after
    them gives every planning token exactly the weight it had before: they move credit among
    execution tokens only. one_sided lowers the mean, so planning tokens gain; amplify_clamped
    raises it, so they lose.
    Degenerate: without an execution token in scope nothing changes; without a planning token every
    token is pooled.

    Args:
        lam: 0 to 1.
        mode: see above.
        scope: ``mu`` is over the execution tokens of the completion, of its group or of the batch,
            each token counting once.

    Reference:
        The project's seed essay, "Why MaxRL alone is not enough" (2026-02-14); one_sided is ours.

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"planning_BT": torch.tensor([[0, 1, 0]])})
    >>> sepa(lam=0.5)(torch.tensor([[1.0, 4.0, 3.0]]), row)
    tensor([[1.5000, 4.0000, 2.5000]])
    >>> sepa(lam=0.5, mode="one_sided")(torch.tensor([[1.0, 4.0, 3.0]]), row)
    tensor([[1.0000, 4.0000, 2.5000]])
    """
    return partial(_sepa, lam=lam, mode=mode, scope=scope)


def _sepa(signal_BT: Tensor, batch: CreditBatch, *, lam: float, mode: str, scope: str) -> Tensor:
    exec_BT, signal_BT = execution(batch), widen(signal_BT)
    mean_B1 = masked_mean(signal_BT, exec_BT, batch.group_B, scope)
    moved_BT = MODES[mode](signal_BT, mean_B1, lam)
    return torch.where(exec_BT, moved_BT, torch.where(batch.mask_BT, signal_BT, 0.0))


def _pool(signal_BT: Tensor, mean_B1: Tensor, lam: float) -> Tensor:
    return lam * mean_B1 + (1 - lam) * signal_BT


def _one_sided(signal_BT: Tensor, mean_B1: Tensor, lam: float) -> Tensor:
    return signal_BT - lam * (signal_BT - mean_B1).clamp(min=0)


def _amplify(signal_BT: Tensor, mean_B1: Tensor, lam: float) -> Tensor:
    return (1 + lam) * signal_BT - lam * mean_B1


def _amplify_clamped(signal_BT: Tensor, mean_B1: Tensor, lam: float) -> Tensor:
    return _amplify(signal_BT, mean_B1, lam).clamp(min=0)


MODES = dict(zip(MODE_NAMES, (_pool, _one_sided, _amplify, _amplify_clamped), strict=True))
