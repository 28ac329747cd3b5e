"""An operator at some numbers, run alone on a batch as a chain runs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..batch import ENTROPY, SURPRISAL, CreditBatch
from ..blocks import block_of
from ..metrics import Recorder
from ..operator import EPISODE, SIGNAL, Operator
from ..options import Option
from ..stats import row_counts
from .batches import ADVANTAGE


@dataclass(frozen=True)
class Subject:
    """What the laws judge."""

    operator: Operator
    numbers: Mapping[str, Any]

    @property
    def scope(self) -> str:
        """Its scope at its numbers."""
        return self.operator.scope(self.numbers)

    @property
    def reads(self) -> frozenset[str]:
        """Signals that it reads at its numbers, its input among them."""
        read = frozenset(self.operator.reads(self.numbers))
        if self.operator.kind == EPISODE:
            return read
        return read | {self.edited if self.operator.kind == SIGNAL else ADVANTAGE}

    @property
    def edited(self) -> str:
        """The signal that a signal operator gets."""
        read = self.operator.reads(self.numbers)
        return SURPRISAL if SURPRISAL in read and ENTROPY not in read else ENTROPY

    def block(self, batch: CreditBatch, recorder: Recorder | None = None) -> CreditBatch:
        """The batch as the operator sees it."""
        seen, _ = block_of(batch, slice(None), self.reads, recorder)
        return seen

    def input(self, block: CreditBatch) -> Tensor:
        """What the operator edits, [B,T]; for an episode operator 1 on every token."""
        if self.operator.kind == EPISODE:
            return block.kept_BT
        return block.signal(self.edited if self.operator.kind == SIGNAL else ADVANTAGE)

    def __call__(self, batch: CreditBatch, recorder: Recorder | None = None) -> Tensor:
        """The answer, [B,T]; an episode operator's on every token of the rollout."""
        if self.operator.kind == EPISODE:
            lengths = {"length_B": row_counts(batch.mask_BT)} if self.operator.wants_length else {}
            adv_B = self.operator(batch.reward_B, batch.group_B, **lengths, **self.numbers)
            return torch.where(batch.mask_BT, adv_B[:, None], 0.0)
        block = self.block(batch, recorder)
        own = self.input(block)
        if self.operator.kind != SIGNAL:
            rest = {name: x for name, x in block.signals.items() if name != ADVANTAGE}
            block = replace(block, signals=rest)
        return self.operator(own, block, **self.numbers)


def subjects_of(operator: Operator, seed: int = 0, count: int = 3) -> Iterator[Subject]:
    """An operator at its defaults, at numbers drawn from their ranges, and at its neutral ones."""
    yield Subject(operator, _defaults(operator))
    rng = np.random.default_rng(seed)
    for _ in range(count if operator.options else 0):
        drawn = {name: _drawn(declared, rng) for name, declared in operator.options.items()}
        yield Subject(operator, drawn)
    if operator.neutral:
        yield Subject(operator, {**_defaults(operator), **operator.neutral})


def _defaults(operator: Operator) -> dict[str, Any]:
    """Default numbers; of one that follows a schedule by default, the middle of its range."""
    moving = {
        name: sum(declared.span) / 2
        for name, declared in operator.options.items()
        if declared.span and isinstance(declared.default, Mapping)
    }
    return {**operator.defaults, **moving}


def _drawn(declared: Option, rng: np.random.Generator) -> Any:
    if declared.span:
        low, high = declared.span
        return float(rng.uniform(low, high))
    if declared.words:
        return declared.words[rng.integers(len(declared.words))]
    return declared.default
