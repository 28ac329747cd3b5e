"""What several of the rules read from a configuration."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf

ACTOR, ROLLOUT, MODEL = (f"actor_rollout_ref.{part}" for part in ("actor", "rollout", "model"))
FSDP = f"{ACTOR}.fsdp_config"
CARD = "launch.gpu_memory_gb"
MODEL_DTYPE = f"{FSDP}.model_dtype"
TRAIN_TOKENS = f"{ACTOR}.ppo_max_token_len_per_gpu"
INFER_TOKENS = f"{ROLLOUT}.log_prob_max_token_len_per_gpu"
TRAIN_ROWS = f"{ACTOR}.ppo_micro_batch_size_per_gpu"
INFER_ROWS = f"{ROLLOUT}.log_prob_micro_batch_size_per_gpu"

# verl/utils/torch_dtypes.py; without a dtype verl trains in float32.
_FOUR_BYTES = {"fp32", "float32", "32", "None"}


def select(config: DictConfig, key: str, default: Any = None) -> Any:
    """A setting; ``default`` where it is null or not there."""
    value = OmegaConf.select(config, key)
    return default if value is None else value


def whole(config: DictConfig, key: str, default: int) -> int:
    """A setting that is a whole number."""
    return int(select(config, key, default))


def gpus(config: DictConfig) -> int:
    """GPUs of the trainer, all nodes together."""
    return whole(config, "trainer.nnodes", 1) * whole(config, "trainer.n_gpus_per_node", 1)


def ulysses(config: DictConfig) -> int:
    """GPUs that share a sequence (verl/workers/config/actor.py: the actor's own number wins)."""
    engine = whole(config, f"{FSDP}.ulysses_sequence_parallel_size", 1)
    actor = whole(config, f"{ACTOR}.ulysses_sequence_parallel_size", 1)
    return actor if actor > 1 else engine


def full_length(config: DictConfig) -> int:
    """Tokens of the longest prompt with the longest response, which covers all turns."""
    return int(config.data.max_prompt_length) + int(config.data.max_response_length)


def bytes_of(dtype: Any) -> int:
    """Bytes of a number in a dtype by one of verl's names for it."""
    return 4 if str(dtype) in _FOUR_BYTES else 2


def lora_rank(config: DictConfig) -> int:
    """Rank of the adapters that FSDP trains; 0 without any."""
    return whole(config, f"{MODEL}.lora_rank", 0)
