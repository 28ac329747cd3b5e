"""verl's FSDP engine and workers on the CPU platform."""

from __future__ import annotations

from typing import Any

from verl.utils.distributed import initialize_global_process_group_ray
from verl.workers.engine import EngineRegistry
from verl.workers.engine.fsdp.transformer_impl import FSDPEngineWithLMHead
from verl.workers.engine_workers import ActorRolloutRefWorker, TrainingWorker


@EngineRegistry.register(model_type="language_model", backend=["fsdp", "fsdp2"], device="cpu")
class CpuFSDPEngine(FSDPEngineWithLMHead):
    """FSDP language-model engine for device "cpu"."""

    def _build_fsdp_module(self, module: Any) -> Any:
        # A forward-only engine (the reference policy) gets CPUOffloadPolicy(pin_memory=True), which
        # needs an accelerator; parameters are on the host already, so build it without offload.
        forward_only = self.engine_config.forward_only
        object.__setattr__(self.engine_config, "forward_only", False)
        try:
            return super()._build_fsdp_module(module)
        finally:
            object.__setattr__(self.engine_config, "forward_only", forward_only)


class CpuTrainingWorker(TrainingWorker):
    """Training worker whose process group is plain gloo.

    verl's default backend string becomes "cpu:gloo,cpu:gloo" here, which torch rejects.
    """

    def __init__(self, config: Any) -> None:
        """Open the process group first, so that verl uses it and opens none."""
        initialize_global_process_group_ray(backend="cpu:gloo")
        super().__init__(config)


class CpuActorRolloutRefWorker(ActorRolloutRefWorker):
    """Hybrid worker made of CPU training workers."""

    actor_worker_cls = CpuTrainingWorker
    ref_worker_cls = CpuTrainingWorker
