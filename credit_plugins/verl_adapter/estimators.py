"""Our estimators under their names in verl's registry, with verl's calling convention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from ..batch import ENTROPY, IDS, PLANNING, CreditBatch
from ..blocks import blocks_of
from ..chain import Chain, Run
from ..errors import MissingSignalError, RewardContractError
from ..presets import VERLS_OWN, estimator_names
from ..stats import row_counts
from .context import StepContext, current
from .fields import Sessions, fetch, padding_of
from .nonfinite import ADVANTAGE, cleared
from .planning_tasks import mark_in_tasks

CHUNK_BYTES = 1 << 28
"""What is fetched from the queue at once, in bytes; round trips stay few."""


def is_ours(name: str) -> bool:
    """Whether ``algorithm.adv_estimator`` names one of ours; grpo, rloo and opo stay verl's."""
    return name in estimator_names() and name not in VERLS_OWN


def credit_section(algorithm: Any) -> dict[str, Any]:
    """``algorithm.credit`` of a verl config as plain Python; {} where it is absent."""
    from omegaconf import OmegaConf

    section = algorithm.get("credit", None) if algorithm is not None else None
    if section is None:
        return {}
    if OmegaConf.is_config(section):
        return cast("dict[str, Any]", OmegaConf.to_container(section, resolve=True))
    return dict(section)


@dataclass(frozen=True)
class VerlEstimator:
    """An estimator as verl calls it: rewards, mask and group ids in, (advantages, returns) out.

    Shapes: ``token_level_rewards`` and ``response_mask`` [B, T]; ``index`` [B], one group id per
    row. Everything else (entropy, token ids, step, state) comes from the trainer's context.

    Raises:
        MissingSignalError: there is no such context.
    """

    name: str

    def __call__(
        self,
        token_level_rewards: Tensor,
        response_mask: Tensor,
        config: Any = None,
        index: np.ndarray | None = None,
        **_: Any,
    ) -> tuple[Tensor, Tensor]:
        """Compute advantages; verl's ``returns`` are the same tensor, there is no critic."""
        step = current()
        if step is None:
            raise MissingSignalError(
                f"{self.name} runs in the trainers that verl.trainer.ppo.v1.get_trainer_cls gives, "
                "and this one is another: get its class there, or compute advantages yourself with "
                f"credit_plugins.config.build_chain({self.name!r})."
            )
        with torch.no_grad():
            advantage_BT = _advantages(step, token_level_rewards, response_mask, index)
        return advantage_BT, advantage_BT


def _advantages(
    step: StepContext, reward_BT: Tensor, mask_BT: Tensor, index: np.ndarray | None
) -> Tensor:
    """Chunk by chunk of whole groups: fetch what the chain reads, run it, keep its answer."""
    mask_BT, chain = mask_BT.bool(), step.chain
    sessions = Sessions.of(step.batch.keys, padding_of(step.batch))
    reward_S = reward_BT.sum(-1)[sessions.last_rows]
    if chain.reads_acc:
        reward_S = _binary_outcomes(step.acc, chain.name).to(reward_S.dtype)
    group_S = _group_ids(index)[sessions.last_rows]
    wants_length = chain.episode.operator.wants_length
    length_S = sessions.total(row_counts(mask_BT)) if wants_length else None
    run = Run(chain, step.state, step.step, reward_S, group_S, length_S)
    answer_BT = torch.zeros(mask_BT.shape, dtype=run.adv_B.dtype)
    step.nonfinite.begin(mask_BT)
    for chosen in _chunks(chain, sessions, group_S, mask_BT.shape[1]):
        part = sessions.part(chosen.tolist())
        chunk = _chunk(step, part, mask_BT, reward_S[chosen], group_S[chosen])
        part_ST = run.answer(chunk)
        run.add(chunk, run.adv_B[chosen], part_ST)
        if step.traces is not None:
            width = mask_BT.shape[1]
            step.traces.look(run, chunk, run.adv_B[chosen], chosen.tolist(), width)
        if step.nonfinite.count(ADVANTAGE, part_ST, chunk.mask_BT):
            part_ST = cleared(part_ST)
        part.unfold_into(answer_BT, part_ST)
    step.state, found = run.end()
    step.metrics.update(found)
    return answer_BT


def _binary_outcomes(accs: Sequence[float | None], name: str) -> Tensor:
    missing = sum(acc is None for acc in accs)
    if missing:
        raise RewardContractError(
            f"algorithm.credit.reward=acc: {missing} of {len(accs)} rollouts report no acc of 0 or "
            f"1 in reward_extra_info, which {name} reads; let the reward function return "
            "{'score': ..., 'acc': 0 or 1}, or set algorithm.credit.reward=score."
        )
    return torch.tensor([float(acc or 0.0) for acc in accs])


def _chunks(chain: Chain, sessions: Sessions, group_S: Tensor, width: int) -> Iterator[Tensor]:
    """Sessions of whole groups, about ``CHUNK_BYTES`` of signals each."""
    per_slot = 4 + sum(8 if name == IDS else 4 for name in chain.sources)
    slots = per_slot * width * sessions.most
    everything = torch.arange(len(sessions.rows))
    for rows in blocks_of(group_S, slots, chain.at_most(CHUNK_BYTES)):
        yield everything[rows]


def _chunk(
    step: StepContext, part: Sessions, mask_BT: Tensor, reward_S: Tensor, group_S: Tensor
) -> CreditBatch:
    fetched = fetch(step.batch, part, step.chain.sources, mask_BT.shape[1])
    mask_RT = mask_BT[part.all_rows]
    if step.entropies is not None:
        entropy_RT = step.entropies.widened(fetched[ENTROPY])
        fetched[ENTROPY] = step.entropies.believed(entropy_RT, mask_RT)
    for name, x_RT in fetched.items():
        step.nonfinite.count(name, x_RT, mask_RT)
    signals = {name: part.fold(x_RT) for name, x_RT in fetched.items()}
    mask_ST = part.fold(mask_RT)
    if step.chain.planning is not None:
        found = step.chain.planning.marks(mask_ST, signals, step.pieces, marker=mark_in_tasks)
        signals[PLANNING] = found
    return CreditBatch(reward_S, group_S, mask_ST, signals, step.step)


def _group_ids(index: np.ndarray | None) -> Tensor:
    _, inverse = np.unique(np.asarray(index).astype(str), return_inverse=True)
    return torch.from_numpy(inverse.astype(np.int64))


def register_estimators() -> None:
    """Put every name that verl does not already use into verl's registry."""
    from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY, register_adv_est

    for name in estimator_names():
        if is_ours(name) and name not in ADV_ESTIMATOR_REGISTRY:
            register_adv_est(name)(VerlEstimator(name))
