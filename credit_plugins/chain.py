"""A chain of operators, run from left to right as it is written, over blocks of whole groups.

What commutes, in exact arithmetic (tests/credit/test_composition.py):

- signal operators and the episode operator: they read different things;
- SEPA and boost, where SEPA keeps the completion's mean (pool or amplify, per completion);
- GTPO, entropy mask and HICRA: GTPO and the mask multiply by weights that are not negative and do
  not depend on the size of A, and HICRA is homogeneous in A and never flips its sign. Centred
  HICRA does not commute: it reads how much advantage planning carries.

What does not commute: an edit and the operators that read the signal (GTPO before SEPA is GTPO
without SEPA); gtpo_paper and grpo_s, whose own advantage replaces the one before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from .batch import IDS, PLANNING, UNCERTAINTY, CreditBatch
from .blocks import BLOCK_SLOTS, block_of, blocks_of
from .core_metrics import CORE, group_metrics, planning_parts
from .errors import MissingSignalError
from .metrics import PREFIX, Metric, Recorder
from .operator import EPISODE, SCOPES, SIGNAL, TOKEN, Operator
from .planning.config import Planning
from .schedules import Schedule
from .stats import row_counts

State = dict[str, Any]
"""What scheduled numbers remember between steps: plain dicts that survive JSON."""


@dataclass(frozen=True)
class Step:
    """An operator at its numbers.

    Attributes:
        operator: what runs.
        numbers: those that stay.
        schedules: those that follow a schedule.
    """

    operator: Operator
    numbers: Mapping[str, Any] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)

    @property
    def all_numbers(self) -> dict[str, Any]:
        """The numbers by which ``reads`` and ``scope`` are judged."""
        return {**self.operator.defaults, **self.numbers}

    @property
    def reads(self) -> frozenset[str]:
        """Signals that it reads at its numbers."""
        return frozenset(self.operator.reads(self.all_numbers))

    @property
    def scope(self) -> str:
        """The widest set of rollouts that an answer depends on, at its numbers."""
        return self.operator.scope(self.all_numbers)

    def key(self, number: str) -> str:
        """The name of a scheduled number in the state and in the metrics."""
        return f"{self.operator.name}.{number}"


@dataclass(frozen=True)
class CreditResult:
    """What a chain returns.

    Attributes:
        advantage_BT: float, exactly 0 where the mask is false.
        state: of the scheduled numbers, to be passed to the next call and into checkpoints.
        metrics: floats named ``credit/...``; one that has nothing to describe is absent.
    """

    advantage_BT: Tensor
    state: State = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Chain:
    """A named chain: pure, picklable, its only memory the state passed in and out.

    Attributes:
        name: as in ``algorithm.adv_estimator``.
        steps: in the order in which they run.
        planning: the detector, if planning tokens are read.
        reads_acc: its reward is the ``acc`` of verl's ``reward_extra_info``, not the score.
    """

    name: str
    steps: tuple[Step, ...]
    planning: Planning | None = None
    reads_acc: bool = False

    def init_state(self) -> State:
        """State before the first step; ``{}`` if no number follows a schedule."""
        return {key: schedule.init_state() for key, schedule in self.schedules.items()}

    @property
    def schedules(self) -> dict[str, Schedule]:
        """Every scheduled number by the name of its state."""
        return {step.key(name): s for step in self.steps for name, s in step.schedules.items()}

    @property
    def episode(self) -> Step:
        """The operator that reads rewards."""
        (found,) = (step for step in self.steps if step.operator.kind == EPISODE)
        return found

    @property
    def reads(self) -> frozenset[str]:
        """Signals that a batch must carry."""
        return frozenset().union(*(step.reads for step in self.steps))

    @property
    def sources(self) -> frozenset[str]:
        """Signals from which ``reads`` is made: planning tokens are made by the detector."""
        made = {self.planning.detector.reads or IDS} if self.planning is not None else set()
        return self.reads - {PLANNING} | made

    @property
    def signal_key(self) -> str | None:
        """The one uncertainty signal that operators read; None without one."""
        return next((name for name in UNCERTAINTY if name in self.reads), None)

    @property
    def scope(self) -> str:
        """The widest scope of its operators."""
        return max((step.scope for step in self.steps), key=SCOPES.index)

    def at_most(self, size: int) -> int | None:
        """The size of its pieces: this one, or None for no limit where an operator reads all."""
        return None if self.scope == "batch" else size

    @property
    def needs_binary_reward(self) -> bool:
        """Whether rewards other than 0 and 1 are refused."""
        return self.episode.operator.binary

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Everything that it may report, scheduled numbers aside."""
        return (*CORE, *(m for step in self.steps for m in step.operator.metrics))

    def __call__(self, batch: CreditBatch, state: Mapping[str, Any]) -> CreditResult:
        """Advantages of one batch, the state after it, and metrics.

        Raises:
            MissingSignalError: the batch lacks a signal in ``reads``.
            RewardContractError: the episode operator refuses a reward.
        """
        length_B = row_counts(batch.mask_BT) if self.episode.operator.wants_length else None
        run = Run(self, state, batch.step, batch.reward_B, batch.group_B, length_B)
        advantage_BT = run.answer(batch)
        run.add(batch, run.adv_B, advantage_BT)
        return CreditResult(advantage_BT, *run.end())


class Run:
    """One advantage computation of a chain, chunk by chunk; every chunk holds whole groups.

    Args:
        chain: what runs.
        state: of its scheduled numbers.
        step: training step, for schedules.
        reward_B: of all rollouts of the batch.
        group_B: of all rollouts of the batch.
        length_B: generated tokens; None unless the episode operator takes them.

    Attributes:
        numbers: of every operator at this step, in the order of ``chain.steps``.
        adv_B: what the episode operator gives.
    """

    def __init__(
        self,
        chain: Chain,
        state: Mapping[str, Any],
        step: int,
        reward_B: Tensor,
        group_B: Tensor,
        length_B: Tensor | None = None,
    ) -> None:
        self.chain, self.step = chain, step
        self.state: State = {**chain.init_state(), **state}
        self.values = {
            key: schedule.value(self.state[key], step) for key, schedule in chain.schedules.items()
        }
        # Resolved once: a block is small, and what is done for each adds up.
        self.numbers = [
            step.all_numbers | {name: self.values[step.key(name)] for name in step.schedules}
            for step in chain.steps
        ]
        lengths = {} if length_B is None else {"length_B": length_B}
        numbers = self.numbers[chain.steps.index(chain.episode)]
        self.adv_B = chain.episode.operator(reward_B, group_B, **lengths, **numbers)
        self._found = group_metrics(reward_B, group_B)
        self._signal_key = chain.signal_key or ""
        self._recorder = Recorder(self._signal_key.removesuffix("_BT"))
        self._nonfinite = 0

    def answer(self, chunk: CreditBatch) -> Tensor:
        """Uninitialised advantages [B,T] of a chunk, in the precision of rewards and signals."""
        dtype = self.adv_B.dtype
        for name in self.chain.reads & set(chunk.signals):
            if chunk.signals[name].is_floating_point():
                dtype = torch.promote_types(dtype, chunk.signals[name].dtype)
        return self.adv_B.new_empty(chunk.mask_BT.shape, dtype=dtype)

    def add(self, chunk: CreditBatch, adv_B: Tensor, out_BT: Tensor) -> None:
        """Run a chunk of whole groups and write its advantages.

        Args:
            chunk: rows of the batch with every signal in ``reads``.
            adv_B: what the episode operator gave these rows.
            out_BT: where their advantages go.
        """
        reads = self.chain.reads
        missing = sorted(reads - set(chunk.signals))
        if missing:
            raise MissingSignalError(
                f"{self.chain.name}: needs signals {missing}; the batch has "
                f"{sorted(chunk.signals)}. Inside verl the credit trainer provides them; elsewhere "
                f"put them in CreditBatch.signals."
            )
        most = self.chain.at_most(BLOCK_SLOTS)
        for rows in blocks_of(chunk.group_B, chunk.mask_BT.shape[1], most):
            block, bad = block_of(chunk, rows, reads, self._recorder)
            adv_BT = self._run(block, adv_B[rows])
            if not adv_BT.sum().isfinite():
                bad += int((~torch.isfinite(adv_BT)).sum())
            if PLANNING in block.signals:
                planning_parts(adv_BT, block)
            out_BT[rows] = adv_BT
            self._nonfinite += bad

    def trace(self, chunk: CreditBatch, adv_B: Tensor, rows: Tensor) -> dict[str, Tensor]:
        """What every operator makes of some rows of a chunk, by operator, each [rows,T].

        Of a signal operator the signal after it, of the others the advantage after it; the last
        one is what ``add`` writes. Nothing is counted and nothing is reported.

        Args:
            chunk: as for ``add``.
            adv_B: as for ``add``.
            rows: int64, positions in the chunk; whole groups.
        """
        cut = slice(None) if self.chain.scope == "batch" else rows
        block, _ = block_of(chunk, cut, self.chain.reads)
        seen: dict[str, Tensor] = {}
        self._run(block, adv_B[cut], seen)
        return {name: x_BT[rows] for name, x_BT in seen.items()} if cut is not rows else seen

    def _run(
        self, block: CreditBatch, adv_B: Tensor, seen: dict[str, Tensor] | None = None
    ) -> Tensor:
        adv_BT = adv_B[:, None] * block.kept_BT
        key = self._signal_key
        for step, numbers in zip(self.chain.steps, self.numbers, strict=True):
            run = step.operator.function
            if step.operator.kind == SIGNAL:
                block = block.with_signals({key: run(block.signal(key), block, **numbers)})
            elif step.operator.kind == TOKEN:
                adv_BT = run(adv_BT, block, **numbers)
            if seen is not None:
                after = block.signal(key) if step.operator.kind == SIGNAL else adv_BT
                seen[step.operator.name] = after
        return adv_BT

    def end(self) -> tuple[State, dict[str, float]]:
        """The state after the step, which the schedules make from its metrics; and the metrics."""
        found = self._found | self._recorder.result()
        found[f"{PREFIX}nonfinite"] = float(self._nonfinite)
        state: State = dict(self.state)
        for key, schedule in self.chain.schedules.items():
            name = f"{PREFIX}{key.replace('.', '/')}"
            found[name] = self.values[key]
            if schedule.gate:
                found[f"{name}_gate"] = float(schedule.is_open(self.state[key], self.step))
            state[key] = schedule.observe(self.state[key], self.step, found)
        return state, found
