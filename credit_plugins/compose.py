"""Composition: operators of the three kinds become one estimator.

The order is stated here and nowhere else:

    signal edit (SEPA)  ->  episode operator  ->  GTPO  ->  HICRA

Another order is another algorithm: HICRA before GTPO, or weights from an unedited signal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from . import metrics
from .batch import PLANNING, CreditBatch
from .errors import MissingSignalError
from .planning.phrases import PlanningConfig
from .registry import READERS
from .schedules import StickyGate
from .types import (
    CreditResult,
    EpisodeOperator,
    Observation,
    SignalOperator,
    State,
    TokenOperator,
)

TOKEN_ORDER = ("gtpo", "hicra")


@dataclass(frozen=True)
class SignalEdit:
    """A signal operator whose strength ``lam`` follows a gated schedule."""

    factory: Callable[..., SignalOperator]
    schedule: StickyGate


@dataclass(frozen=True)
class Estimator:
    """A named composition: pure, picklable, its only memory the state passed in and out.

    Attributes:
        name: as in ``algorithm.adv_estimator``.
        episode: rewards -> advantage per rollout.
        token: token operators by name, in the order in which they run.
        signal_key: the uncertainty signal that token operators read, if any.
        edit: how that signal is edited first, if at all.
        needs: signals that a batch must carry.
        needs_binary_reward: rewards other than 0 and 1 are refused.
        planning: the detector's configuration, if planning tokens are needed.
    """

    name: str
    episode: EpisodeOperator
    token: Mapping[str, TokenOperator]
    signal_key: str | None = None
    edit: SignalEdit | None = None
    needs: frozenset[str] = frozenset()
    needs_binary_reward: bool = False
    planning: PlanningConfig | None = None

    def init_state(self) -> State:
        """State before the first step; ``{}`` if nothing is annealed."""
        return self.edit.schedule.init_state() if self.edit else {}

    def __call__(self, batch: CreditBatch, state: Mapping[str, Any]) -> CreditResult:
        """Advantages of one batch, the state after it, and metrics.

        Raises:
            MissingSignalError: the batch lacks a signal in ``needs``.
            RewardContractError: the episode operator refuses a reward.
        """
        self._require_signals(batch)
        read = self._read_signals(batch)
        lam, state = self._resolve(batch, {**self.init_state(), **state})

        edited = self._edit_signal(read, lam)
        adv_BT = to_tokens(self.episode(batch.reward_B, batch.group_B), batch.mask_BT)
        for operator in self.token.values():
            adv_BT = operator(adv_BT, edited)

        return CreditResult(adv_BT, state, self._metrics(batch, read, edited, adv_BT, lam, state))

    def _require_signals(self, batch: CreditBatch) -> None:
        missing = sorted(self.needs - set(batch.signals))
        if missing:
            raise MissingSignalError(
                f"{self.name}: needs signals {missing}; the batch has {sorted(batch.signals)}. "
                f"Inside verl, set algorithm.adv_estimator={self.name} and let the credit trainer "
                f"provide them; elsewhere put them in CreditBatch.signals."
            )

    def _read_signals(self, batch: CreditBatch) -> CreditBatch:
        if self.signal_key is None:
            return batch
        return batch.with_signals({self.signal_key: READERS[self.signal_key](batch)})

    def _resolve(self, batch: CreditBatch, state: State) -> tuple[float, State]:
        if self.edit is None:
            return 0.0, state
        seen = Observation(step=batch.step, correct_rate=metrics.correct_rate(batch))
        return self.edit.schedule.resolve(state, seen)

    def _edit_signal(self, read: CreditBatch, lam: float) -> CreditBatch:
        if self.edit is None:
            return read
        operator = self.edit.factory(lam=lam)
        return read.with_signals({self.signal_key: operator(read.signals[self.signal_key], read)})

    def _metrics(
        self,
        batch: CreditBatch,
        read: CreditBatch,
        edited: CreditBatch,
        adv_BT: Tensor,
        lam: float,
        state: State,
    ) -> dict[str, float]:
        found = metrics.group_metrics(batch)
        found["credit/nonfinite"] = metrics.nonfinite(batch, self.signal_key, adv_BT)
        if PLANNING in batch.signals:
            found |= metrics.planning_metrics(batch, adv_BT)
        if self.signal_key:
            found |= metrics.signal_metrics(self.signal_key, read)
        if self.edit:
            found |= metrics.signal_metrics(self.signal_key, edited, suffix="_sepa")
            found["credit/lambda"] = lam
            found["credit/gate"] = float(self.edit.schedule.is_open(state, batch.step))
        if "gtpo" in self.token:
            unit_BT = batch.mask_BT.to(adv_BT.dtype)
            found |= metrics.weight_metrics(self.token["gtpo"](unit_BT, edited), batch.mask_BT)
        return found


def to_tokens(adv_B: Tensor, mask_BT: Tensor) -> Tensor:
    """Each rollout's advantage on each of its tokens, 0 where masked."""
    return torch.where(mask_BT, adv_B[:, None], 0.0)


def compose(
    name: str,
    *,
    episode: EpisodeOperator,
    token: Mapping[str, TokenOperator] | None = None,
    signal_key: str | None = None,
    edit: SignalEdit | None = None,
    needs_binary_reward: bool = False,
    planning: PlanningConfig | None = None,
) -> Estimator:
    """An estimator from its parts, token operators put into ``TOKEN_ORDER``.

    Args:
        name: how messages call it.
        episode: the episode operator.
        token: token operators by the names of ``TOKEN_ORDER``.
        signal_key: the uncertainty signal they read.
        edit: how it is edited first.
        needs_binary_reward: whether the episode operator refuses other rewards than 0 and 1.
        planning: the detector, if an operator reads planning tokens.
    """
    ordered = {step: token[step] for step in TOKEN_ORDER if token and step in token}
    needs = {signal_key} if signal_key else set()
    needs |= {PLANNING} if planning else set()
    return Estimator(
        name, episode, ordered, signal_key, edit, frozenset(needs), needs_binary_reward, planning
    )
