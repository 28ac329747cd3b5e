"""Refuses our estimators in verl's legacy trainers, before these start a worker.

`RayPPOTrainer` (``trainer.use_v1=False``) and the trainers built on it, those of
``verl.experimental`` among them, never get our `CreditTrainer`, which checks what a V1 trainer is
given. verl's own estimators are left alone.
"""

from __future__ import annotations

from typing import Any

from wrapt import wrap_function_wrapper

from ..errors import CreditConfigError
from .estimators import is_ours

# What each kind calls first of what starts workers. Their constructors do not call each other.
METHODS = {
    "verl.trainer.ppo.ray_trainer": "RayPPOTrainer.init_workers",
    "verl.experimental.separation.ray_trainer": "SeparateRayPPOTrainer._init_resource_pools",
}
_REMEDY = (
    "start `python -m verl.trainer.main_ppo` with trainer.use_v1=True and a "
    "trainer.v1.trainer_mode (separate_async trains while it samples)"
)


def refusal(cause: str, name: str, remedy: str = _REMEDY) -> str:
    """The sentence for a legacy trainer: what chose it, why not with this estimator, what to do."""
    return (
        f"{cause} one of verl's legacy trainers, which give an estimator rewards, mask and groups "
        f"alone, without signals, schedules, metrics and state, so {name} does not run there; "
        f"{remedy}."
    )


def refuse_ours(module: Any) -> None:
    """Let the trainers of a module of `METHODS` refuse our estimators."""
    wrap_function_wrapper(module, METHODS[module.__name__], _refuse)


def _refuse(wrapped: Any, trainer: Any, args: Any, kwargs: Any) -> Any:
    name = str(trainer.config.algorithm.adv_estimator)
    if is_ours(name):
        raise CreditConfigError(refusal(f"{type(trainer).__name__} is", name))
    return wrapped(*args, **kwargs)
