"""verl's model merger, without its rounding. Importing this module imports verl."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor
from transformers import AutoConfig
from verl.model_merger.base_model_merger import ModelMergerConfig
from verl.model_merger.fsdp_model_merger import FSDPModelMerger

from ..errors import RunError


def merge(actor: Path, target: Path, dtype: torch.dtype) -> None:
    """Write the model whose FSDP shards lie in ``actor``, with tokenizer and chat template.

    Args:
        actor: folder ``actor`` of a checkpoint.
        target: existing empty folder.
        dtype: precision of the weights written.
    """
    settings = ModelMergerConfig(
        operation="merge",
        backend="fsdp",
        local_dir=str(actor),
        target_dir=str(target),
        hf_model_config_path=str(actor / "huggingface"),
    )
    _Merger(settings, dtype).merge_and_save()
    config = AutoConfig.from_pretrained(target)
    config.dtype = dtype  # verl states bfloat16
    config.use_cache = True  # switched off for training; without it generation is quadratic
    config.save_pretrained(target)


class _Merger(FSDPModelMerger):  # type: ignore[misc]  # verl has no type information
    """verl's own rounds to bfloat16, also what was trained and sampled in float32."""

    def __init__(self, settings: ModelMergerConfig, dtype: torch.dtype) -> None:
        super().__init__(settings)
        self._dtype = dtype

    def _load_and_merge_state_dicts(
        self, world_size: int, total_shards: int, *_mesh: Any
    ) -> dict[str, Tensor]:
        files = [
            Path(self.config.local_dir) / f"model_world_size_{world_size}_rank_{rank}.pt"
            for rank in range(total_shards)
        ]
        shards = [torch.load(file, map_location="cpu", weights_only=False) for file in files]
        return {
            name: self._whole(name, [shard.pop(name) for shard in shards])
            for name in sorted(shards[0])
        }

    def _whole(self, name: str, parts: Sequence[Any]) -> Tensor:
        first = parts[0]
        whole: Tensor
        if isinstance(first, DTensor):
            local = [part._local_tensor.to(self._dtype) for part in parts]
            # The last dimension of the mesh is the one that shards; one before it replicates.
            whole = self._merge_by_placement(local, first.placements[-1])
        # Not sharded, so every rank has all of it; verl 0.9.0 would put the copies end to end.
        elif all(torch.equal(part, first) for part in parts):
            whole = first.to(self._dtype)
        else:
            raise RunError(f"The checkpoint is broken: its ranks disagree about {name!r}.")
        return whole
