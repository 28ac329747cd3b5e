"""Our estimators under their names in verl's registry, with verl's calling convention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from ..batch import CreditBatch
from ..compose import Estimator
from ..config import build_estimator
from ..errors import MissingSignalError
from ..planning.detectors import Completions, detect
from ..presets import estimator_names
from ..types import CreditResult
from .context import StepContext, current
from .fields import SessionFold, rollout_gap
from .planning_tasks import mark_in_tasks


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
    Estimators that need no such signal also work without our trainer.

    Raises:
        MissingSignalError: a signal that the estimator needs was not provided.
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
        with torch.no_grad():
            step = current()
            if step is None:
                result = self._without_trainer(token_level_rewards, response_mask, config, index)
                advantage_BT = result.advantage_BT
            else:
                advantage_BT = _with_trainer(step, token_level_rewards, response_mask, index)
        return advantage_BT, advantage_BT

    def _without_trainer(
        self, reward_BT: Tensor, mask_BT: Tensor, config: Any, index: np.ndarray | None
    ) -> CreditResult:
        estimator = build_estimator(self.name, credit_section(config))
        if estimator.needs:
            raise MissingSignalError(
                f"{self.name} needs {', '.join(sorted(estimator.needs))}, which only verl's v1 "
                "trainers with the verl-credit plugin provide: set trainer.use_v1=True and leave "
                "VERL_USE_EXTERNAL_PLUGINS at auto."
            )
        batch = CreditBatch(
            reward_B=reward_BT.sum(-1),
            group_B=_group_ids(index),
            mask_BT=mask_BT.bool(),
            signals={},
            step=0,
        )
        return estimator(batch, estimator.init_state())


def _with_trainer(
    step: StepContext, reward_BT: Tensor, mask_BT: Tensor, index: np.ndarray | None
) -> Tensor:
    mask_BT = mask_BT.bool()
    fold = SessionFold.of(step.rows.keys, step.rows.padding_B)
    signals = {
        name: fold.fold(signal_BT)
        for name, signal_BT in _signals(step.estimator, step, mask_BT).items()
    }
    batch = CreditBatch(
        reward_B=reward_BT.sum(-1)[fold.last_rows],
        group_B=_group_ids(index)[fold.last_rows],
        mask_BT=fold.fold(mask_BT),
        signals=signals,
        step=step.step,
    )
    result = step.estimator(batch, step.state)
    step.state = result.state
    step.metrics.update(result.metrics)
    step.metrics.update(rollout_gap(step.rows, mask_BT))
    return fold.unfold(result.advantage_BT, mask_BT.shape[1])


def _signals(estimator: Estimator, step: StepContext, mask_BT: Tensor) -> dict[str, Tensor]:
    available = {"entropy_BT": step.rows.entropy_BT, "surprisal_BT": step.rows.surprisal_BT}
    signals = {name: x_BT for name, x_BT in available.items() if x_BT is not None}
    if estimator.planning is not None:
        seen = Completions(step.rows.ids_BT, mask_BT, step.pieces, step.rows.entropy_BT)
        signals["planning_BT"] = detect(estimator.planning, seen, marker=mark_in_tasks)
    return signals


def _group_ids(index: np.ndarray | None) -> Tensor:
    _, inverse = np.unique(np.asarray(index).astype(str), return_inverse=True)
    return torch.from_numpy(inverse.astype(np.int64))


def register_estimators() -> None:
    """Put every name that verl does not already use into verl's registry."""
    from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY, register_adv_est

    for name in estimator_names():
        if name not in ADV_ESTIMATOR_REGISTRY:
            register_adv_est(name)(VerlEstimator(name))
