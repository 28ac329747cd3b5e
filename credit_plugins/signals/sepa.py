"""SEPA: selective entropy pooling with annealing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..batch import CreditBatch
from ..options import Options, choice, integer, number
from ..schedules import SCHEDULES, StickyGate
from ..stats import masked_mean, widen
from ..types import SignalOperator
from .planning import execution


@dataclass(frozen=True)
class SepaConfig(Options):
    """Options of ``algorithm.credit.sepa``: how lambda grows, and what it waits for.

    Attributes:
        schedule: ``linear`` (steps, delay) or ``constant`` (value).
        steps: steps from lambda 0 to 1; 0 keeps lambda at 0.
        delay: steps before lambda starts to grow.
        value: lambda of the constant schedule.
        gate: correct rate that a batch must reach once before lambda leaves 0; 0 is no gate.
    """

    schedule: str = choice("linear", tuple(SCHEDULES))
    steps: int = integer(100, 0)
    delay: int = integer(10, 0)
    value: float = number(1.0, 0.0, 1.0)
    gate: float = number(0.1, 0.0, 1.0)

    def annealing(self) -> StickyGate:
        """The schedule of lambda behind its gate."""
        inner = SCHEDULES[self.schedule](steps=self.steps, delay=self.delay, value=self.value)
        return StickyGate(inner, threshold=self.gate)


def sepa(*, lam: float) -> SignalOperator:
    """Pool the signal of execution tokens towards their mean, completion by completion.

    ``S'_t = lam * mean_exec(S) + (1 - lam) * S_t`` on execution tokens, ``S_t`` on planning tokens.

    Keeps the mean over execution tokens and over all tokens; scales the execution variance by
    (1-lam)^2. Hence GTPO after it gives every planning token exactly the weight it had before:
    pooling moves credit among execution tokens only. lam=0 is the identity.
    Degenerate: no execution token, or one, changes nothing; no planning token pools all.

    Args:
        lam: 0 to 1.

    Reference:
        The project's seed essay, "Why MaxRL alone is not enough" (2026-02-14).

    >>> row = CreditBatch(torch.ones(1), torch.zeros(1).long(),
    ...     torch.ones(1, 3).bool(), {"planning_BT": torch.tensor([[0, 1, 0]])})
    >>> sepa(lam=0.5)(torch.tensor([[1.0, 4.0, 3.0]]), row)
    tensor([[1.5000, 4.0000, 2.5000]])
    """
    return partial(_sepa, lam=lam)


def _sepa(signal_BT: Tensor, batch: CreditBatch, *, lam: float) -> Tensor:
    exec_BT, signal_BT = execution(batch), widen(signal_BT)
    pooled_BT = lam * masked_mean(signal_BT, exec_BT) + (1 - lam) * signal_BT
    return torch.where(exec_BT, pooled_BT, torch.where(batch.mask_BT, signal_BT, 0.0))
