"""Numbers that have to divide or to contain one another, as verl 0.9.1 and vLLM want them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig

from . import settings
from .settings import ACTOR, FSDP, MODEL, ROLLOUT, full_length, gpus, select, ulysses, whole

_OF_A_REPLICA = (
    "tensor_model_parallel_size",
    "data_parallel_size",
    "pipeline_model_parallel_size",
)
_TP = f"{ROLLOUT}.{_OF_A_REPLICA[0]}"
_ULYSSES = f"{ACTOR}.ulysses_sequence_parallel_size"
_MOST = f"{ROLLOUT}.max_model_len"
_BATCHED = f"{ROLLOUT}.max_num_batched_tokens"


def problems(config: DictConfig, hf_config: Any) -> Iterator[str]:
    """What does not divide or does not fit, one sentence each.

    Args:
        config: the composed configuration.
        hf_config: the model's, or None where it cannot be had.
    """
    text = hf_config.get_text_config() if hf_config is not None else None
    yield from _parallel(config)
    if text is not None:
        yield from _heads(config, text)
    if select(config, "trainer.val_only"):
        return  # trains nothing; `launch.evaluation.make_room` sees to the lengths
    yield from _batches(config)
    yield from _lengths(config)
    if text is not None:
        yield from _positions(config, text)


def _parallel(config: DictConfig) -> Iterator[str]:
    count = gpus(config)
    here = f"trainer.nnodes x trainer.n_gpus_per_node = {count}"
    # workers/engine_workers.py: rollout world_size is not divisible
    parts = {key: whole(config, f"{ROLLOUT}.{key}", 1) for key in _OF_A_REPLICA}
    replica = math.prod(parts.values())
    if count % replica:
        named = " x ".join(f"{ROLLOUT}.{key}={size}" for key, size in parts.items() if size > 1)
        yield f"{named} does not divide {here}; set {_TP} to a number that does."
    # workers/engine/fsdp/utils.py: create_device_mesh makes count // size groups of size
    size = whole(config, f"{FSDP}.fsdp_size", -1)
    if size == 0 or (0 < size < count and count % size):
        yield f"{FSDP}.fsdp_size={size} does not divide {here}; -1 shards over all of them."
    # workers/engine/fsdp/transformer_impl.py: _init_device_mesh
    sequence = ulysses(config)
    if count % sequence:
        yield f"{_ULYSSES}={sequence} does not divide {here}; 1 splits no sequence."
    if sequence > 1 and not select(config, f"{MODEL}.use_remove_padding"):
        yield f"{_ULYSSES}={sequence} needs {MODEL}.use_remove_padding=true."


def _batches(config: DictConfig) -> Iterator[str]:
    prompts = whole(config, "data.train_batch_size", 1)
    answers = whole(config, f"{ROLLOUT}.n", 1)
    mini = whole(config, f"{ACTOR}.ppo_mini_batch_size", prompts)
    ranks = max(gpus(config) // ulysses(config), 1)
    # workers/engine_workers.py: train_mini_batch
    if mini * answers % ranks:
        yield (
            f"{ACTOR}.ppo_mini_batch_size x {ROLLOUT}.n = {mini} x {answers} rollouts do not "
            f"divide among {ranks} ranks; change data.train_batch_size or {ROLLOUT}.n."
        )
    elif not select(config, f"{ACTOR}.use_dynamic_bsz"):
        yield from _fixed_micro_batches(config, prompts, answers, mini * answers // ranks)
    # trainer/ppo/v1/trainer_separate_async.py: __init__
    if select(config, "trainer.v1.trainer_mode") == "separate_async":
        steps = whole(config, "trainer.v1.separate_async.parameter_sync_step", 1)
        if prompts != steps * mini:
            yield (
                f"trainer.v1.trainer_mode=separate_async makes {steps} updates of {mini} prompts "
                f"out of data.train_batch_size={prompts}; set {ACTOR}.ppo_mini_batch_size="
                f"{prompts // steps} or trainer.v1.separate_async.parameter_sync_step=1."
            )


def _fixed_micro_batches(
    config: DictConfig, prompts: int, answers: int, per_rank: int
) -> Iterator[str]:
    dynamic = f"or set {ACTOR}.use_dynamic_bsz=true"
    # utils/config.py: validate_config
    if prompts * answers % gpus(config):
        yield (
            f"data.train_batch_size x {ROLLOUT}.n = {prompts} x {answers} rollouts do not divide "
            f"among {gpus(config)} GPUs; change one, {dynamic}."
        )
    # workers/config/actor.py: ActorConfig.validate
    if prompts < (mini := whole(config, f"{ACTOR}.ppo_mini_batch_size", prompts)):
        yield f"data.train_batch_size={prompts} is below {ACTOR}.ppo_mini_batch_size={mini}."
    # workers/engine/utils.py: prepare_micro_batches
    rows = select(config, settings.TRAIN_ROWS)
    if rows and per_rank % int(rows):
        yield (
            f"{settings.TRAIN_ROWS}={rows} does not divide the {per_rank} rollouts that a rank has "
            f"of a mini-batch; change it, {dynamic}."
        )


def _lengths(config: DictConfig) -> Iterator[str]:
    length = full_length(config)
    given = (
        f"data.max_prompt_length + data.max_response_length = {config.data.max_prompt_length} + "
        f"{config.data.max_response_length}"
    )
    # utils/seqlen_balancing.py: rearrange_micro_batches
    if select(config, f"{ACTOR}.use_dynamic_bsz"):
        for key in (settings.TRAIN_TOKENS, settings.INFER_TOKENS):
            tokens = whole(config, key, 16384)
            if tokens * ulysses(config) < length:
                least = -(-length // ulysses(config))
                yield (
                    f"{key}={tokens} has no room for a sequence of {given}; set it to {least} or "
                    "more."
                )
    # workers/rollout/vllm_rollout/vllm_async_server.py: generate cuts what is asked for
    if (most := select(config, _MOST)) and int(most) < length:
        yield f"{_MOST}={most} cuts responses: {given}; set it to {length}."
    batched = whole(config, _BATCHED, 8192)
    if not select(config, f"{ROLLOUT}.enable_chunked_prefill", True) and most and batched < most:
        # vllm_async_server.py: _validate_configs
        warnings.warn(
            f"{_BATCHED}={batched} is below {_MOST}={most}, and without {ROLLOUT}."
            "enable_chunked_prefill verl raises it to that.",
            stacklevel=2,
        )
    # vllm/config/scheduler.py: verify_max_model_len
    if batched < (seqs := whole(config, f"{ROLLOUT}.max_num_seqs", 1024)):
        yield f"{_BATCHED}={batched} is below {ROLLOUT}.max_num_seqs={seqs}; raise it."


def _heads(config: DictConfig, text: Any) -> Iterator[str]:
    heads: int = getattr(text, "num_attention_heads", 0)
    kv_heads: int = getattr(text, "num_key_value_heads", None) or heads
    if not heads:
        return
    # vllm/config/model.py: verify_with_parallel_config
    if heads % (parallel := whole(config, _TP, 1)):
        yield f"{_TP}={parallel} does not divide the model's {heads} attention heads."
    # models/transformers/monkey_patch.py: apply_monkey_patch
    sequence = ulysses(config)
    if heads % sequence or (kv_heads % sequence and sequence % kv_heads):
        yield (
            f"{_ULYSSES}={sequence} does not go with the model's {heads} attention and {kv_heads} "
            "key-value heads."
        )


def _positions(config: DictConfig, text: Any) -> Iterator[str]:
    positions = getattr(text, "max_position_embeddings", None)
    longest = whole(config, _MOST, full_length(config))
    # workers/rollout/vllm_rollout/vllm_async_server.py: _validate_configs
    if positions and longest > positions:
        yield (
            f"The model has {positions} positions, and a sequence may have {longest} tokens; lower "
            f"data.max_response_length or {_MOST}."
        )
