"""The vocabulary: three kinds of operators, a schedule, and what an estimator returns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor

from .batch import CreditBatch

State = dict[str, Any]
"""What a schedule remembers between steps: a plain dict that survives JSON."""


class EpisodeOperator(Protocol):
    """Reads one row per rollout: ``(reward_B, group_B, length_B=...) -> advantage_B``.

    ``length_B`` counts the generated tokens; an operator that has no use for it takes ``**_``.
    """

    def __call__(self, reward_B: Tensor, group_B: Tensor, /, *, length_B: Tensor) -> Tensor:
        """The advantage of each rollout."""
        ...


class SignalOperator(Protocol):
    """Edits one per-token signal: ``(signal_BT, batch) -> signal_BT``."""

    def __call__(self, signal_BT: Tensor, batch: CreditBatch, /) -> Tensor:
        """The edited signal, 0 on masked positions."""
        ...


class TokenOperator(Protocol):
    """Reads an advantage and signals: ``(advantage_BT, batch) -> advantage_BT``."""

    def __call__(self, adv_BT: Tensor, batch: CreditBatch, /) -> Tensor:
        """The edited advantage, 0 on masked positions."""
        ...


@dataclass(frozen=True)
class Observation:
    """What a schedule may react to at one step.

    Attributes:
        step: training step.
        correct_rate: share of rollouts with reward above 0.5; NaN for an empty batch.
        exec_variance: variance of the signal on execution tokens within completions, before it is
            edited; NaN where there are none.
    """

    step: int
    correct_rate: float
    exec_variance: float = math.nan


class Schedule(Protocol):
    """Gives a number for each step; its memory is a plain dict, passed in and out.

    ``resolve`` is pure, and a second call at the same step does not advance the state.

    Attributes:
        watches: whether it reads ``Observation.exec_variance``, which costs a pass over the tokens.
    """

    watches: bool

    def init_state(self) -> State:
        """State before the first step."""
        ...

    def resolve(self, state: Mapping[str, Any], seen: Observation) -> tuple[float, State]:
        """The number for this step and the state after it."""
        ...


@dataclass(frozen=True)
class CreditResult:
    """What an estimator returns.

    Attributes:
        advantage_BT: float, exactly 0 where the mask is false.
        state: the new schedule state, to be passed to the next call and into checkpoints.
        metrics: floats named ``credit/...``; one that has nothing to describe is absent.
    """

    advantage_BT: Tensor
    state: State = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
