"""Entry point of the group ``verl.plugins``: makes our estimators choosable by name.

verl imports this module in every process it starts, so nothing heavy may be imported here: the
work is done by post-import hooks, in the one process that imports the trainers. verl logs a
failing entry point at debug level and goes on; a run would then fail minutes later with "unknown
advantage estimator". So a failure here ends the process with one sentence instead.
"""

from __future__ import annotations

import os

PLATFORM_VARIABLE = "VERL_PLATFORM"
_VLLM = "verl.workers.rollout.vllm_rollout"
_WITHOUT_IT = "run without it by setting VERL_USE_EXTERNAL_PLUGINS=none"


def cpu_platform_requested() -> bool:
    """Whether the user opted in to the CPU platform (``VERL_PLATFORM=cpu``)."""
    return os.environ.get(PLATFORM_VARIABLE, "").strip().lower() == "cpu"


def _on_core_algos(_module: object) -> None:
    from .estimators import register_estimators

    register_estimators()


def _on_trainers(_module: object) -> None:
    from .trainer import extend_trainers

    extend_trainers(cpu=cpu_platform_requested())


def _on_legacy_trainer(module: object) -> None:
    from .legacy import refuse_ours

    refuse_ours(module)


def _on_server(module: object) -> None:
    from .weight_sockets import name_receivers

    name_receivers(module)


def _on_rollout(module: object) -> None:
    from .weight_sockets import name_senders

    name_senders(module)


def install() -> None:
    """Register the CPU platform where asked for, and the hooks on verl's modules.

    Raises:
        SystemExit: another verl than those that work.
    """
    from wrapt import when_imported

    from . import releases

    if problem := releases.problem():
        raise SystemExit(f"verl-credit: {problem}, or {_WITHOUT_IT}.")
    if cpu_platform_requested():
        from .cpu.platform import register_cpu_platform

        register_cpu_platform()
    when_imported("verl.trainer.ppo.core_algos")(_on_core_algos)
    when_imported("verl.trainer.ppo.v1")(_on_trainers)
    when_imported("verl.trainer.ppo.ray_trainer")(_on_legacy_trainer)
    when_imported("verl.experimental.separation.ray_trainer")(_on_legacy_trainer)
    when_imported(f"{_VLLM}.vllm_async_server")(_on_server)
    when_imported(f"{_VLLM}.vllm_rollout")(_on_rollout)


try:
    install()
except Exception as error:
    raise SystemExit(
        f"verl-credit: the verl plugin failed to load: {error!r}. Reinstall verl-credit, or "
        f"{_WITHOUT_IT}."
    ) from error
