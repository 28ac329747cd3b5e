"""A configuration with what the arithmetic reads, in round numbers, and a model as round."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf

from recipes.launch.resources.model_size import ModelSize

_CONFIG = """
launch: {gpu_memory_gb: 80}
trainer:
  device: cuda
  nnodes: 1
  n_gpus_per_node: 4
  test_freq: 10
  val_before_train: true
  v1: {trainer_mode: sync, separate_async: {parameter_sync_step: 4, num_warmup_batches: 1}}
data:
  train_batch_size: 64
  max_prompt_length: 500
  max_response_length: 1500
  custom_cls: {path: "pkg://envs.dataset_for_verl"}
  env: {id: reasoning/Addition-v0, kwargs: {}, validation_size: 100}
actor_rollout_ref:
  model: {path: null, use_remove_padding: true, lora_rank: 0}
  actor:
    strategy: fsdp2
    use_dynamic_bsz: true
    ppo_mini_batch_size: ${data.train_batch_size}
    ppo_max_token_len_per_gpu: 10000
    ppo_micro_batch_size_per_gpu: 4
    ulysses_sequence_parallel_size: 1
    entropy_from_logits_with_chunking: true
    entropy_from_logits_chunk_size: 1000
    entropy_coeff: 0
    fsdp_config: {fsdp_size: -1, model_dtype: fp32}
  rollout:
    n: 8
    dtype: bfloat16
    gpu_memory_utilization: 0.5
    free_cache_engine: true
    tensor_model_parallel_size: 1
    max_model_len: 2000
    max_num_batched_tokens: 10000
    max_num_seqs: 100
    enable_chunked_prefill: true
    log_prob_max_token_len_per_gpu: ${actor_rollout_ref.actor.ppo_max_token_len_per_gpu}
    val_kwargs: {n: 4}
    checkpoint_engine: {update_weights_bucket_megabytes: 2048}
transfer_queue:
  backend:
    storage_backend: SimpleStorage
    SimpleStorage: {num_data_storage_units: 2, total_storage_size: 100000}
ray_kwargs: {ray_init: {num_cpus: null, num_gpus: null, address: null}}
"""

MODEL = ModelSize(
    parameters=10**9,
    trained=10**9,
    largest=10**8,
    layer=2 * 10**7,
    layers=40,
    hidden=1000,
    intermediate=4000,
    heads=10,
    kv_heads=10,
    head_dim=100,
    vocabulary=100_000,
)


def configured(**changes: Any) -> DictConfig:
    """The configuration; a key is dotted, with two underscores for a dot."""
    config = OmegaConf.create(_CONFIG)
    assert isinstance(config, DictConfig)
    for key, value in changes.items():
        OmegaConf.update(config, key.replace("__", "."), value, force_add=True)
    return config


def with_keys(changes: dict[str, Any]) -> DictConfig:
    """The configuration with changes under dotted keys."""
    return configured(**{key.replace(".", "__"): value for key, value in changes.items()})
