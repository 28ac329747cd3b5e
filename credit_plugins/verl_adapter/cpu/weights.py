"""Weight sync into vLLM's CPU backend, inside vLLM's worker process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch.nn.functional import linear
from verl.workers.rollout.vllm_rollout.utils import vLLMColocateWorkerExtension


class CpuWorkerExtension(vLLMColocateWorkerExtension):
    """verl's worker extension inside vLLM's own layerwise reload.

    vLLM's CPU linear layers pack their weight for oneDNN and drop the original, so plain loading
    has nothing to copy into. The layerwise reload restores each layer, loads it and packs it again.
    """

    def update_weights_from_ipc(
        self, peft_config: Any = None, base_sync_done: bool = False, use_shm: bool = False
    ) -> None:
        """Receive all weights from the actor between the two halves of a layerwise reload.

        LoRA adapters alone are no layer's weights: the packed layers stay as they are.
        """
        if peft_config and base_sync_done:
            super().update_weights_from_ipc(peft_config, base_sync_done, use_shm)
            return
        from vllm.config import set_current_vllm_config
        from vllm.model_executor.model_loader.reload import (
            finalize_layerwise_reload,
            initialize_layerwise_reload,
        )

        models = list(super()._iter_all_models_with_config())
        with set_current_vllm_config(self.vllm_config):
            for model, _ in models:
                initialize_layerwise_reload(model)
            super().update_weights_from_ipc(peft_config, base_sync_done, use_shm)
            for model, config in models:
                _unpack_tied(model)
                finalize_layerwise_reload(model, config)

    def _iter_all_models_with_config(self) -> Iterator[tuple[Any, Any]]:
        # What verl processes after loading. The layerwise reload has done it, and vLLM's packing
        # fails on a weight that is dropped already, on processors with AMX.
        return iter(())

    def _update_weights(self, weights: Any, peft_config: Any, base_sync_done: bool) -> Any:
        # The layerwise loader keeps the tensors past this call, but they live in a shared-memory
        # bucket that the next call overwrites.
        own = [(name, tensor.clone()) for name, tensor in weights]
        return super()._update_weights(own, peft_config, base_sync_done)


def _unpack_tied(model: Any) -> None:
    """Let a layer that got no weight of its own, a tied head, use the one that it shares.

    What it packed when the engine started is of the weights of that time.
    """
    for layer in model.modules():
        if hasattr(layer, "cpu_linear") and layer.weight.is_meta:
            layer.cpu_linear = linear
