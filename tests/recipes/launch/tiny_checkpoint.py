"""A checkpoint as verl's FSDP engine writes it: a tiny model sharded by torch, a tokenizer."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import torch.distributed as dist
import yaml
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Shard
from torch.testing._internal.distributed.fake_pg import FakeStore
from transformers import Qwen3Config, Qwen3ForCausalLM

from recipes.warm_start.tokenizer import build_tokenizer


def tiny_model() -> tuple[Qwen3ForCausalLM, object]:
    """A model with random weights in float32, and a tokenizer with a chat template."""
    torch.manual_seed(0)
    tokenizer = build_tokenizer(["what is 12 + 30?"])
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        tie_word_embeddings=True,
        initializer_range=0.5,
        architectures=["Qwen3ForCausalLM"],
        dtype="float32",
        use_cache=False,  # as verl leaves it
    )
    return Qwen3ForCausalLM(config).eval(), tokenizer


def write_run(run: Path, step: int, ranks: int, rollout_dtype: str) -> Qwen3ForCausalLM:
    """Write a run with one checkpoint; return the model in it."""
    model, tokenizer = tiny_model()
    actor = run / "checkpoints" / f"global_step_{step}" / "actor"
    actor.mkdir(parents=True)
    for rank in range(ranks):
        shard = _shard(model.state_dict(), rank, ranks)
        torch.save(shard, actor / f"model_world_size_{ranks}_rank_{rank}.pt")
    (actor / "fsdp_config.json").write_text(json.dumps({"FSDP_version": 2, "world_size": ranks}))
    model.config.save_pretrained(actor / "huggingface")
    tokenizer.save_pretrained(actor / "huggingface")
    (run / "checkpoints" / "latest_checkpointed_iteration.txt").write_text(str(step))
    (run / "metrics.1.jsonl").touch()
    rollout = {"dtype": rollout_dtype}
    (run / "config.yaml").write_text(yaml.safe_dump({"actor_rollout_ref": {"rollout": rollout}}))
    return model


def _shard(weights: dict[str, torch.Tensor], rank: int, ranks: int) -> dict[str, DTensor]:
    """What FSDP2 keeps on a rank: of every weight a piece of its first dimension."""
    dist.init_process_group("fake", store=FakeStore(), rank=rank, world_size=ranks)
    try:
        mesh = init_device_mesh("cpu", (ranks,), mesh_dim_names=("fsdp",))
        return {
            name: DTensor.from_local(
                whole.chunk(ranks)[rank].clone(),
                mesh,
                [Shard(0)],
                run_check=False,
                shape=whole.shape,
                stride=whole.stride(),
            )
            for name, whole in weights.items()
        }
    finally:
        dist.destroy_process_group()
