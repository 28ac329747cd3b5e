"""verl's FSDP engine and workers on the CPU platform."""

from __future__ import annotations

from typing import Any

from tensordict import TensorDict
from torch import Tensor
from verl.utils.distributed import initialize_global_process_group_ray
from verl.utils.tensordict_utils import get_non_tensor_data
from verl.workers.engine import EngineRegistry
from verl.workers.engine.fsdp.transformer_impl import FSDPEngineWithLMHead
from verl.workers.engine_workers import ActorRolloutRefWorker, TrainingWorker

from . import response_logits

# What verl computes from the logits of every position, or from none.
_OTHER_PATHS = (
    "use_remove_padding",
    "use_fused_kernels",
    "calculate_sum_pi_squared",
    "distillation_use_topk",
    "distillation_only",
)


@EngineRegistry.register(model_type="language_model", backend=["fsdp", "fsdp2"], device="cpu")
class CpuFSDPEngine(FSDPEngineWithLMHead):
    """FSDP language-model engine for device "cpu"."""

    _of_responses = False

    def _build_fsdp_module(self, module: Any) -> Any:
        # A forward-only engine (the reference policy) gets CPUOffloadPolicy(pin_memory=True), which
        # needs an accelerator; parameters are on the host already, so build it without offload.
        forward_only = self.engine_config.forward_only
        object.__setattr__(self.engine_config, "forward_only", False)
        try:
            built = super()._build_fsdp_module(module)
        finally:
            object.__setattr__(self.engine_config, "forward_only", forward_only)
        self._masks: list[Tensor] = []
        head = built.get_output_embeddings()
        if head is not None and head.weight.shape[0] >= response_logits.LARGE_VOCABULARY:
            response_logits.keep_rows(head, self._masks)
            self._of_responses = True
        return built

    def prepare_model_inputs(
        self, micro_batch: TensorDict
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Ask for the logits of responses alone, where nothing needs the others."""
        inputs, arguments = super().prepare_model_inputs(micro_batch)
        if self._of_responses and not any(_flag(micro_batch, name) for name in _OTHER_PATHS):
            mask = response_logits.response_mask(micro_batch["prompts"], micro_batch["responses"])
            arguments["response_mask"] = mask
            self._masks[:] = [mask]
        return inputs, arguments

    def prepare_model_outputs(
        self,
        output: Any,
        output_args: dict[str, Any],
        micro_batch: TensorDict,
        logits_processor_func: Any,
    ) -> dict[str, Any]:
        """Log-probabilities and entropies from the logits that are there."""
        mask = output_args.get("response_mask")
        if mask is None:
            own: dict[str, Any] = super().prepare_model_outputs(
                output, output_args, micro_batch, logits_processor_func
            )
            return own
        return response_logits.outputs(
            output.logits.squeeze(0),
            mask,
            micro_batch["input_ids"],
            output_args["temperature"],
            entropy=_flag(micro_batch, "calculate_entropy"),
        )


def _flag(micro_batch: TensorDict, name: str) -> bool:
    return bool(get_non_tensor_data(micro_batch, name, default=name == "use_remove_padding"))


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
