"""What a run needs, by plain arithmetic, and what does not fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig

from ...cluster import running_address
from . import memory, sizes
from .model_size import model_config
from .need import STORAGE, Need, need, uses_simple_storage
from .settings import ACTOR, CARD, MODEL_DTYPE, ROLLOUT, bytes_of, lora_rank, select
from .settings import whole as whole_number

__all__ = ["STORAGE", "Need", "model_config", "need", "problems"]

_RAY = "ray_kwargs.ray_init"
_BUCKET = f"{ROLLOUT}.checkpoint_engine.update_weights_bucket_megabytes"
# What the arithmetic divides by or multiplies with.
_COUNTS = (
    "trainer.nnodes",
    "trainer.n_gpus_per_node",
    "data.train_batch_size",
    "data.max_prompt_length",
    "data.max_response_length",
    f"{ROLLOUT}.n",
    f"{ROLLOUT}.tensor_model_parallel_size",
    f"{ROLLOUT}.max_num_seqs",
    f"{ROLLOUT}.max_num_batched_tokens",
    f"{ACTOR}.ppo_mini_batch_size",
    f"{ACTOR}.ulysses_sequence_parallel_size",
    f"{STORAGE}.num_data_storage_units",
)


def problems(config: DictConfig, model_config: Any = None) -> Iterator[str]:
    """What does not fit, one sentence each with the numbers and the key to change.

    Args:
        config: the composed configuration.
        model_config: the model's, as transformers loads it; None where it cannot be had.

    Warns:
        UserWarning: memory that fits by a narrow margin, a number that verl itself raises.
    """
    if wrong := list(_wrong_numbers(config)):
        yield from wrong
        return
    yield from sizes.problems(config, model_config)
    wanted = need(config, model_config)
    yield from _cluster_problems(config, wanted)
    yield from _queue_problems(config, wanted)
    if model_config is not None:
        yield from _bucket_problems(config, model_config)
    if wanted.memory is not None:
        yield from memory.problems(config, wanted.memory)


def _wrong_numbers(config: DictConfig) -> Iterator[str]:
    for key in _COUNTS:
        value = select(config, key, 1)
        if not isinstance(value, int) or value < 1:
            yield f"{key}={value} must be a whole number from 1."
    for key, most in ((CARD, math.inf), (f"{ROLLOUT}.gpu_memory_utilization", 1)):
        value = select(config, key, 1)
        if not isinstance(value, int | float) or not 0 < value <= most:
            yield f"{key}={value} must be a number above 0{'' if most > 1 else ' and at most 1'}."


def _cluster_problems(config: DictConfig, wanted: Need) -> Iterator[str]:
    """A Ray that starts with this run; of one that runs already nothing is known here."""
    given = {key: select(config, f"{_RAY}.{key}") for key in ("num_cpus", "num_gpus")}
    named = " and ".join(f"{_RAY}.{key}={n}" for key, n in given.items() if n is not None)
    if not named or running_address(config):
        return
    nodes = whole_number(config, "trainer.nnodes", 1)
    if nodes > 1:
        yield (
            f"{named} start a Ray of this machine alone, and trainer.nnodes={nodes}; start a "
            "cluster first (`ray start`): a run joins it, and then they do not count."
        )
        return
    if given["num_cpus"] is not None and given["num_cpus"] < wanted.cpus:
        yield (
            f"{_RAY}.num_cpus={given['num_cpus']}, and the run waits for ever without "
            f"{wanted.cpus}: 3 for each GPU, 2 for one that only generates, 1 for each storage "
            f"unit of the queue and 1 for its controller; set {wanted.cpus} or more: they are "
            "logical."
        )
    if given["num_gpus"] is not None and given["num_gpus"] < wanted.gpus:
        yield f"{_RAY}.num_gpus={given['num_gpus']}, and the run needs {wanted.gpus}."


def _queue_problems(config: DictConfig, wanted: Need) -> Iterator[str]:
    # transfer_queue/storage/simple_storage.py: put_data raises "Storage capacity exceeded"
    room = select(config, f"{STORAGE}.total_storage_size")
    if uses_simple_storage(config) and room is not None and wanted.rows > room:
        yield (
            f"{STORAGE}.total_storage_size={room}, and a step holds {wanted.rows} rows: every "
            f"rollout, and every answer of its validation; set it to {wanted.rows} or more."
        )


def _bucket_problems(config: DictConfig, model_config: Any) -> Iterator[str]:
    """Weights that go through shared memory, as on the CPU, have to fit into its bucket.

    Where GPUs share memory between processes a larger tensor is sent by itself
    (verl/workers/rollout/vllm_rollout/bucketed_weight_transfer.py: async_send_weights).
    """
    text = model_config.get_text_config()
    adapters = lora_rank(config) and "dummy" not in str(select(config, f"{ROLLOUT}.load_format"))
    if select(config, "trainer.device") != "cpu" or adapters:
        return
    each = bytes_of(select(config, MODEL_DTYPE))
    largest = text.vocab_size * text.hidden_size * each
    room = whole_number(config, _BUCKET, 2048)
    if largest > room * 2**20:
        wanted = math.ceil(largest / 2**20)
        yield f"{_BUCKET}={room}, and the model's embedding has {wanted} MB; set it to {wanted}."
