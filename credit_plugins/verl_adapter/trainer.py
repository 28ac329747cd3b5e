"""A mixin over verl's trainers: hands signals to the estimator, keeps schedule state, reports.

verl's registry refuses a second trainer under a taken name and compares trainer names with "sync"
in many places. So whoever looks a trainer up gets a subclass of it under the same name. For
estimators that are not ours it only adds metrics and notices.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf
from wrapt import wrap_function_wrapper

from .. import held_out
from ..batch import ENTROPY, SURPRISAL
from ..chain import Chain
from ..config import build_chain
from ..planning import PieceTable
from . import dropped, releases
from . import state as checkpoint_state
from .actor_deaths import unexpected_death
from .context import StepContext, providing
from .dumps import Dumps
from .engine_death import reported
from .entropies import Entropies
from .estimators import credit_section, is_ours
from .failures import Failures
from .nonfinite import OLD_LOG_PROBS, ROLLOUT_LOG_PROBS, NonFinite
from .notices import Notices, tell
from .outcomes import Outcomes, fetch_outcomes, outcome_metrics
from .preflight import check
from .resuming import check_ranks, record_of, resumed_folder, told
from .stall import Stall
from .state import CreditState
from .validation import outcome_infos, pass_at_k_metrics, problems_of
from .watchdog import Watchdog

if TYPE_CHECKING:
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer
else:
    PPOTrainer = object

logger = logging.getLogger(__name__)


class CreditTrainer(PPOTrainer):
    """Mixin put in front of a verl ``PPOTrainer``; see the module docstring."""

    def __init__(self, config: Any) -> None:
        """Refuse what cannot work before the first worker starts, then build verl's trainer."""
        check(config)
        check_ranks(config)
        name = str(config.algorithm.adv_estimator)
        ours = is_ours(name)
        self._chain = build_chain(name, credit_section(config.algorithm)) if ours else None
        self._credit = CreditState(self._chain.init_state() if self._chain else {})
        self._notices = Notices(config, self._chain)
        self._failures = Failures(config)
        self._dumps = Dumps(config, self._chain)
        self._nonfinite = NonFinite()
        self._entropies: Entropies | None = None
        self._pieces: PieceTable | None = None
        self._stall = Stall(config)
        self._watchdog = Watchdog(config, self._why_to_end)
        super().__init__(config)
        self._stall.watch_rollouts(self.replay_buffer)
        self._failures.watch(self.replay_buffer)
        poll_interval = config.trainer.v1.sampler.get("poll_interval", None)
        if poll_interval is not None:
            self.replay_buffer.poll_interval = float(poll_interval)
        logger.warning(
            "verl-credit %s: estimator %s, trainer %s",
            releases.own(),
            name,
            type(self).__name__,
        )

    def _init_tokenizer(self) -> None:
        super()._init_tokenizer()
        if self._chain is not None and ENTROPY in self._chain.sources:
            from verl.utils.config import omega_conf_to_dataclass

            model = omega_conf_to_dataclass(self.config.actor_rollout_ref.model)
            vocabulary = model.hf_config.get_text_config().vocab_size
            self._entropies = Entropies(fused=model.use_fused_kernels, vocabulary=vocabulary)

    def _init_resource_pool_mgr(self) -> Any:
        from verl.workers.rollout.replica import RolloutReplicaRegistry

        # The name stays "vllm": verl derives actor names and engine settings from it.
        RolloutReplicaRegistry.register("vllm", self._replica)
        return super()._init_resource_pool_mgr()

    @staticmethod
    def _replica() -> type:
        from .rollout import WatchedReplica

        return WatchedReplica

    def _why_to_end(self) -> str:
        return reported() or unexpected_death() or self._stall.cause(self)

    def init(self) -> None:
        """Start the workers; as in `fit`, no longer than the watchdog allows."""
        self._watchdog.start()
        with self._watchdog.explained():
            super().init()

    def fit(self, *args: Any, **kwargs: Any) -> None:
        """Train; if the engine or all sessions die, or nothing moves, raise the cause instead."""
        with self._watchdog.explained(), self._failures.explained(self):
            super().fit(*args, **kwargs)
        self._watchdog.stop()

    def _submit_batch_to_rollout(self, batch: Any) -> Any:
        self._failures.submitted(batch)
        return super()._submit_batch_to_rollout(batch)

    @property
    def _prompts(self) -> int:
        """Prompts of a batch; 0 if verl does not decide how many come."""
        custom = self.config.trainer.v1.sampler.get("custom_sampler") or {}
        replayed = OmegaConf.select(self.config, "skip.rollout_tq.enable", default=False)
        if replayed or custom.get("path"):
            return 0
        return int(self.config.data.train_batch_size // self.parameter_sync_step)

    def _compute_advantage(self, batch: Any, metrics: dict[str, Any]) -> Any:
        outcomes, step = fetch_outcomes(batch), self.global_steps
        metrics.update(outcome_metrics(outcomes.infos) | outcomes.mixed)
        last = step >= self.total_training_steps
        metrics.update(self._failures.observe(step, outcomes, groups=self._prompts, last=last))
        # A data set that adapts to what was solved; verl's data loader checkpoints its state.
        if observe := getattr(self.train_dataset, "observe", None):
            metrics.update(observe(self.global_steps, outcomes.infos))
        answered = self._advantage(batch, metrics, outcomes)
        self._notices.observe(self, batch, outcomes.infos, metrics)
        return answered

    def _advantage(self, batch: Any, metrics: dict[str, Any], outcomes: Outcomes) -> Any:
        if self._chain is None:
            return super()._compute_advantage(batch, metrics)
        step = StepContext(
            chain=self._chain,
            batch=batch,
            acc=outcomes.accs,
            pieces=self._piece_table(self._chain),
            entropies=self._entropies,
            step=self.global_steps - self._credit.origin,
            state=self._credit.state,
            traces=self._dumps.begin(self.global_steps, outcomes),
            nonfinite=self._nonfinite,
        )
        with providing(step):
            answered = super()._compute_advantage(batch, metrics)
        self._credit = replace(self._credit, state=step.state)
        metrics.update(step.metrics)
        self._dumps.end(self, batch, outcomes, step.traces)
        surprisals = SURPRISAL in self._chain.sources  # these are the old log-probabilities
        others = (ROLLOUT_LOG_PROBS,) if surprisals else (OLD_LOG_PROBS, ROLLOUT_LOG_PROBS)
        self._nonfinite.look_at_log_probs(batch, others, metrics)
        metrics.update(self._nonfinite.settle(self.global_steps))
        return answered

    def _piece_table(self, chain: Chain) -> PieceTable | None:
        if self._pieces is None and chain.planning is not None:
            self._pieces = PieceTable.from_tokenizer(self.tokenizer)
        return self._pieces

    def _save_checkpoint(self) -> None:
        # Before verl writes its tracker file: a checkpoint verl calls complete has our state in it.
        folder = Path(self.config.trainer.default_local_dir) / f"global_step_{self.global_steps}"
        record = record_of(self.config, self._chain) if self._chain else {}
        credit = replace(self._credit, notices=self._notices.watch.state(), run=record)
        checkpoint_state.save(folder, self._chain, credit)
        super()._save_checkpoint()

    def _load_checkpoint(self) -> None:
        super()._load_checkpoint()
        folder = resumed_folder(self.config.trainer)
        if not self.global_steps or self._chain is None or folder is None:
            return
        self._credit = checkpoint_state.load(folder, self._chain, self.global_steps)
        self._notices.watch.restore(self._credit.notices)
        loaded = OmegaConf.select(self.config, "actor_rollout_ref.actor.checkpoint.load_contents")
        now = record_of(self.config, self._chain)
        with_optimizer = "optimizer" in (loaded or ("optimizer",))
        for sentence in told(folder, self._credit.run, now, with_optimizer=with_optimizer):
            tell(sentence)

    def _validate(self) -> Any:
        with self._failures.validating(self):
            return super()._validate()

    def _val_metrics_update(
        self,
        data_sources: Any,
        sample_uids: Any,
        infos: Mapping[str, list[Any]],
        turns: Any,
        **kwargs: Any,
    ) -> dict[str, Any]:
        metrics: dict[str, Any] = super()._val_metrics_update(
            data_sources, sample_uids, outcome_infos(infos), turns, **kwargs
        )
        metrics.update(pass_at_k_metrics(data_sources, sample_uids, infos))
        held_out.write(self.global_steps, problems_of(data_sources, sample_uids, infos))
        rows = [
            dict(zip(infos, values, strict=True)) for values in zip(*infos.values(), strict=True)
        ]
        metrics.update(outcome_metrics(rows, prefix="val-env"))
        expected = (kwargs.get("expected_acc_counts") or {}).values()
        metrics.update(self._failures.validated(self.global_steps, rows, expected))
        return metrics


def extend_trainers(*, cpu: bool) -> None:
    """Let verl's look-up of a trainer give our subclass of it, whenever it was registered.

    Whoever imports verl's trainers passes here, its agent-loop workers among them, which are made
    to tell the trainer why they drop sessions.
    """
    from verl.trainer.ppo import v1
    from verl.trainer.ppo.v1 import trainer_base

    dropped.listen()
    mixins: tuple[type, ...] = (CreditTrainer,)
    if cpu:
        from .cpu.trainer import CpuTrainer

        mixins = (CpuTrainer, CreditTrainer)

    def extended(look_up: Any, _: Any, args: Any, kwargs: Any) -> type:
        return _subclass(look_up(*args, **kwargs), mixins)

    for module in (v1, trainer_base):
        wrap_function_wrapper(module, "get_trainer_cls", extended)


@cache
def _subclass(trainer: type, mixins: tuple[type, ...]) -> type:
    if issubclass(trainer, CreditTrainer):  # it was built on what the look-up gave
        return trainer
    return type(f"Credit{trainer.__name__}", (*mixins, trainer), {})
