"""Composition: operators of the three kinds become one estimator.

The order is stated here and nowhere else:

    SEPA -> boost  (edit the signal)
    episode operator  ->  gtpo_paper | grpo_s  ->  GTPO  ->  entropy mask  ->  HICRA

What commutes, in exact arithmetic (tests/credit/test_composition.py):

- signal edits and the episode operator: they read different things;
- SEPA and boost, where SEPA keeps the completion's mean (pool or amplify, per completion);
- GTPO, entropy mask and HICRA: GTPO and the mask multiply by weights that are not negative and do
  not depend on the size of A, and HICRA is homogeneous in A and never flips its sign. Centred
  HICRA does not commute: it reads how much advantage planning carries.

What does not commute: an edit and the operators that read the signal (GTPO before SEPA is GTPO
without SEPA); gtpo_paper and grpo_s, whose own advantage replaces the one before them.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from . import fused, metrics
from .batch import ENTROPY, PLANNING, CreditBatch
from .errors import MissingSignalError
from .planning import PlanningConfig
from .registry import READERS
from .schedules import StickyGate
from .stats import row_counts
from .types import (
    CreditResult,
    EpisodeOperator,
    Observation,
    SignalOperator,
    State,
    TokenOperator,
)

SIGNAL_ORDER = ("boost",)  # after the annealed edit, SEPA
TOKEN_ORDER = ("gtpo_paper", "grpo_s", "gtpo", "entropy_mask", "hicra")


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
        edit: the first edit of that signal, whose strength follows a schedule; None for no edit.
        signal: further edits of it by name, in the order in which they run.
        needs: signals that a batch must carry.
        needs_binary_reward: rewards other than 0 and 1 are refused.
        planning: the detector's configuration, if planning tokens are needed.
    """

    name: str
    episode: EpisodeOperator
    token: Mapping[str, TokenOperator]
    signal_key: str | None = None
    edit: SignalEdit | None = None
    signal: Mapping[str, SignalOperator] = field(default_factory=dict)
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
        state = {**self.init_state(), **state}
        plan = self.plan if batch.mask_BT.numel() else None
        return self._in_one_pass(plan, batch, state) if plan else self.by_operators(batch, state)

    @property
    def plan(self) -> fused.Plan | None:
        """The numbers of the same computation in one pass; None if the operators have none."""
        return fused.plan_of(self.token, self.edit.factory if self.edit else None, self.signal)

    def by_operators(self, batch: CreditBatch, state: State) -> CreditResult:
        """Run operator by operator; the fused path is tested against it."""
        read = self._read_signals(batch)
        found = metrics.signal_metrics(self.signal_key, read) if self.signal_key else {}
        variance = found.get(metrics.exec_variance_name(self.signal_key or ""), math.nan)
        lam, state = self._resolve(batch, state, variance)

        edited = self._edit_signal(read, lam)
        episode_BT = to_tokens(self.episode_advantage(batch), batch.mask_BT)
        adv_BT = episode_BT
        for operator in self.token.values():
            adv_BT = operator(adv_BT, edited)

        found |= metrics.batch_metrics(batch, self.signal_key, adv_BT)
        if self.edit and self.signal_key:
            found |= metrics.signal_metrics(self.signal_key, edited, suffix="_sepa")
        if "gtpo" in self.token:
            unit_BT = torch.where(episode_BT < 0, -1.0, batch.mask_BT.to(adv_BT.dtype))
            weight_BT = self.token["gtpo"](unit_BT, edited).abs()
            found |= metrics.weight_metrics(weight_BT, batch.mask_BT)
        return CreditResult(adv_BT, state, found | self._annealing_metrics(batch, state, lam))

    def _in_one_pass(self, plan: fused.Plan, batch: CreditBatch, state: State) -> CreditResult:
        lam, after = 0.0, state

        def resolve(variance: float) -> float:
            nonlocal lam, after
            lam, after = self._resolve(batch, state, variance)
            return lam

        watches = self.edit is not None and self.edit.schedule.watches
        adv_BT, found = fused.run(plan, batch, self.episode_advantage(batch), resolve, watches)
        if self.edit is None:
            found = {name: x for name, x in found.items() if not name.endswith("_sepa")}
        found |= metrics.group_metrics(batch)
        return CreditResult(adv_BT, after, found | self._annealing_metrics(batch, after, lam))

    def episode_advantage(self, batch: CreditBatch) -> Tensor:
        """What the episode operator gives each rollout, [B]."""
        # Counting reads every slot of the mask, so only an operator that takes lengths gets them.
        wants = "length_B" in inspect.signature(self.episode).parameters
        lengths = {"length_B": row_counts(batch.mask_BT)} if wants else {}
        return self.episode(batch.reward_B, batch.group_B, **lengths)

    def _require_signals(self, batch: CreditBatch) -> None:
        missing = sorted(self.needs - set(batch.signals))
        if missing:
            raise MissingSignalError(
                f"{self.name}: needs signals {missing}; the batch has {sorted(batch.signals)}. "
                f"Inside verl the credit trainer provides them; elsewhere put them in "
                f"CreditBatch.signals."
            )

    def _read_signals(self, batch: CreditBatch) -> CreditBatch:
        if self.signal_key is None:
            return batch
        return batch.with_signals({self.signal_key: READERS[self.signal_key](batch)})

    def _resolve(self, batch: CreditBatch, state: State, variance: float) -> tuple[float, State]:
        if self.edit is None:
            return 0.0, state
        seen = Observation(batch.step, metrics.correct_rate(batch), variance)
        return self.edit.schedule.resolve(state, seen)

    def _edit_signal(self, read: CreditBatch, lam: float) -> CreditBatch:
        key = self.signal_key or ""
        annealed = [self.edit.factory(lam=lam)] if self.edit else []
        for operator in (*annealed, *self.signal.values()):
            signal_BT = operator(read.signal(key), read)
            read = read.with_signals({key: signal_BT})
        return read

    def _annealing_metrics(self, batch: CreditBatch, state: State, lam: float) -> dict[str, float]:
        if self.edit is None:
            return {}
        is_open = self.edit.schedule.is_open(state, batch.step)
        return {"credit/lambda": lam, "credit/gate": float(is_open)}


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
    signal: Mapping[str, SignalOperator] | None = None,
    needs_binary_reward: bool = False,
    planning: PlanningConfig | None = None,
) -> Estimator:
    """An estimator from its parts, put into ``SIGNAL_ORDER`` and ``TOKEN_ORDER``.

    Args:
        name: how messages call it.
        episode: the episode operator.
        token: token operators by the names of ``TOKEN_ORDER``.
        signal_key: the uncertainty signal they read.
        edit: its first edit, whose strength follows a schedule.
        signal: further edits by the names of ``SIGNAL_ORDER``.
        needs_binary_reward: whether the episode operator refuses rewards other than 0 and 1.
        planning: the detector, if an operator reads planning tokens.
    """
    needs = {signal_key} if signal_key else set()
    needs |= {PLANNING} if planning else set()
    needs |= {ENTROPY} if planning and planning.needs_entropy else set()
    return Estimator(
        name=name,
        episode=episode,
        token={step: token[step] for step in TOKEN_ORDER if token and step in token},
        signal_key=signal_key,
        edit=edit,
        signal={step: signal[step] for step in SIGNAL_ORDER if signal and step in signal},
        needs=frozenset(needs),
        needs_binary_reward=needs_binary_reward,
        planning=planning,
    )
