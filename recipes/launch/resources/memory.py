"""Memory of one GPU by arithmetic, for FSDP and vLLM on the same card; an estimate.

Counted is what is large and follows from the configuration; for CUDA contexts, NCCL's buffers and
CUDA graphs there is an allowance. Paths in comments are those of verl 0.9.1.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from omegaconf import DictConfig

from . import settings
from .model_size import ModelSize
from .settings import ACTOR, CARD, FSDP, MODEL, ROLLOUT, bytes_of, full_length, select, whole

GB = 2**30  # a card of 80 GB has 80 of these
TIGHT = 0.9

_SHARE = f"{ROLLOUT}.gpu_memory_utilization"
_CHUNKING = f"{ACTOR}.entropy_from_logits_with_chunking"
_ALLOWANCE = 3 * GB
_COMPUTE, _FLOAT = 2, 4  # bytes of bfloat16, in which FSDP computes, and of float32
# utils/torch_functional.py, entropy_from_logits: logits, softmax and their product in float32.
_OF_ENTROPY = 3 * _FLOAT
_FUSED_ROWS = 512  # utils/experimental/torch_functional.py: logits held at once
_PHASES = {
    "update": "The update of the actor takes",
    "log-probs": "Computing log-probabilities and entropies takes",
    "rollout": "While vLLM generates, it and the resting actor take",
}


@dataclass(frozen=True)
class Memory:
    """Bytes of one GPU by part.

    Attributes:
        card: what the GPU has.
        phases: the parts of "update" and "log-probs", during which vLLM sleeps, and of "rollout",
            during which vLLM generates beside the resting actor.
        share: what vLLM's part of the rollout is made of.
        longest: bytes of the KV cache that a sequence of `max_model_len` takes.
        sequences: how many of the longest prompts with the longest responses it holds at once.
    """

    card: int
    phases: Mapping[str, Mapping[str, int]]
    share: Mapping[str, int]
    longest: int
    sequences: int


def estimate(config: DictConfig, model: ModelSize) -> Memory:
    """The bytes of each phase, for a configuration that states its card.

    P parameters of b bytes, T of them trained, over S shards: weights P b / S, gradients T b / S,
    Adam's moments 2 T b / S. A micro-batch of t tokens holds the input of every layer, the inner
    values of one, and its logits with their gradient.
    """
    card = int(float(select(config, CARD)) * GB)
    share = math.ceil(card * float(select(config, _SHARE)))
    weights, gradients, moments = _state(config, model)
    # engine_workers.py: an offloaded optimizer comes back for the update alone.
    resting = 0 if select(config, f"{FSDP}.optimizer_offload") else moments
    sleeps = select(config, f"{ROLLOUT}.free_cache_engine", True)
    sleeps = sleeps and select(config, f"{ROLLOUT}.enable_sleep_mode", True)
    beside = {"allowance": _ALLOWANCE} if sleeps else {"vLLM": share, "allowance": _ALLOWANCE}
    update = {
        "weights": weights,
        "gradients": gradients,
        "Adam": moments,
        "gathered": model.gathered * _gathered_bytes(model),
        **_micro_batch_of_update(config, model),
        **beside,
    }
    log_probs = {
        "weights": weights,
        "Adam": resting,
        "gathered": model.gathered * _COMPUTE,
        **_micro_batch_of_log_probs(config, model),
        **beside,
    }
    rollout = {
        "weights": 0 if select(config, f"{FSDP}.param_offload") else weights,
        "Adam": resting,
        "vLLM": share,
        "allowance": _ALLOWANCE,
    }
    parts, per_token = _inside_vllm(config, model, share)
    length = full_length(config)
    return Memory(
        card=card,
        phases={"update": update, "log-probs": log_probs, "rollout": rollout},
        share=parts,
        longest=whole(config, f"{ROLLOUT}.max_model_len", length) * per_token,
        sequences=max(parts["KV cache"], 0) // (length * per_token),
    )


def problems(config: DictConfig, memory: Memory) -> Iterator[str]:
    """What overflows the card, one sentence each; what hardly fits is a warning."""
    for phase, parts in memory.phases.items():
        total = sum(parts.values())
        said = (
            f"{_PHASES[phase]} about {gb(total)} GB of each GPU ({listed(parts)}), and {CARD} is "
            f"{gb(memory.card)}; {_remedy(config, memory, phase)}."
        )
        if total > memory.card:
            yield said
        elif total > TIGHT * memory.card:
            warnings.warn(f"A tight fit, by estimate: {said}", stacklevel=2)
    if memory.share["KV cache"] < memory.longest:
        yield (
            f"vLLM's share of {gb(sum(memory.share.values()))} GB leaves "
            f"{gb(memory.share['KV cache'])} for the KV cache, and one sequence of max_model_len "
            f"takes {gb(memory.longest)}; raise {_SHARE}, or lower {ROLLOUT}.max_model_len, "
            "max_num_batched_tokens or max_num_seqs."
        )


def listed(parts: Mapping[str, int]) -> str:
    """Parts with their GB, the largest first; what is next to nothing is left out."""
    largest = sorted(parts.items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {gb(size)}" for name, size in largest if size >= GB / 20)


def gb(size: int) -> str:
    """A number of GB with a digit behind the point."""
    return f"{size / GB:.1f}"


def _remedy(config: DictConfig, memory: Memory, phase: str) -> str:
    """The key that helps most."""
    parts = memory.phases[phase]
    if phase == "rollout":
        fits = math.floor(100 * (TIGHT - (sum(parts.values()) - parts["vLLM"]) / memory.card)) / 100
        if fits > 0.1:
            return f"set {_SHARE}={fits}"
    elif parts["logits"] + parts["activations"] > memory.card / 4:
        if phase == "log-probs" and not select(config, _CHUNKING):
            return f"set {_CHUNKING}=true"
        key = settings.TRAIN_TOKENS if phase == "update" else settings.INFER_TOKENS
        return f"lower {key}, now {select(config, key)}"
    return f"take more GPUs, {FSDP}.optimizer_offload=true, or adapters ({MODEL}.lora_rank=32)"


def _state(config: DictConfig, model: ModelSize) -> tuple[int, int, int]:
    """Weights, gradients, and Adam's moments, which torch makes in the weights' precision."""
    if select(config, f"{FSDP}.offload_policy"):  # FSDP2 keeps all of it on the host
        return 0, 0, 0
    # workers/engine/fsdp/utils.py: create_device_mesh
    gpus, size = settings.gpus(config), whole(config, f"{FSDP}.fsdp_size", -1)
    shards = size if 0 < size < gpus else gpus
    each = bytes_of(select(config, settings.MODEL_DTYPE))
    weights, trained = (math.ceil(n * each / shards) for n in (model.parameters, model.trained))
    return weights, trained, 2 * trained


def _gathered_bytes(model: ModelSize) -> int:
    """Bytes of a whole unit: in bfloat16, its gradient, and the float32 in which that is summed."""
    trains_it = model.trained == model.parameters
    return _COMPUTE + (_COMPUTE + _FLOAT if trains_it else 0)


def _micro_batch_of_update(config: DictConfig, model: ModelSize) -> dict[str, int]:
    tokens = _tokens(config, settings.TRAIN_TOKENS, settings.TRAIN_ROWS)
    recomputed = select(config, f"{MODEL}.enable_gradient_checkpointing", True)
    inputs = model.layers * tokens * model.hidden * _COMPUTE
    inner = _inside_a_layer(model, tokens) * (1 if recomputed else model.layers)
    if select(config, f"{MODEL}.use_fused_kernels"):
        logits = _fused(model, tokens)
    else:
        logits = 2 * tokens * model.vocabulary * _COMPUTE
        if select(config, f"{ACTOR}.entropy_coeff") or select(config, f"{ACTOR}.calculate_entropy"):
            logits += tokens * model.vocabulary * _OF_ENTROPY  # held for the backward pass
    return {"activations": inputs + inner, "logits": logits}


def _micro_batch_of_log_probs(config: DictConfig, model: ModelSize) -> dict[str, int]:
    tokens = _tokens(config, settings.INFER_TOKENS, settings.INFER_ROWS)
    if select(config, f"{MODEL}.use_fused_kernels"):
        logits = _fused(model, tokens)
    else:
        rows = tokens
        # workers/engine/fsdp/transformer_impl.py: chunks are for packed micro-batches alone.
        if select(config, _CHUNKING) and select(config, f"{MODEL}.use_remove_padding", True):
            rows = min(tokens, whole(config, f"{ACTOR}.entropy_from_logits_chunk_size", 2048))
        logits = model.vocabulary * (tokens * _COMPUTE + rows * _OF_ENTROPY)
    return {"activations": _inside_a_layer(model, tokens), "logits": logits}


def _fused(model: ModelSize, tokens: int) -> int:
    return min(tokens, _FUSED_ROWS) * model.vocabulary * _OF_ENTROPY


def _inside_a_layer(model: ModelSize, tokens: int) -> int:
    """Inner values of a layer: eight of the hidden size, four of q, k, v, six of the MLP's."""
    numbers = 8 * model.hidden + 4 * model.attention + 6 * model.intermediate
    return tokens * numbers * _COMPUTE


def _tokens(config: DictConfig, by_tokens: str, by_rows: str) -> int:
    """Tokens of a micro-batch on one GPU (workers/engine/utils.py: prepare_micro_batches)."""
    if select(config, f"{ACTOR}.use_dynamic_bsz"):
        return whole(config, by_tokens, 16384)
    rows = whole(config, by_rows, 1)
    return math.ceil(rows * full_length(config) / settings.ulysses(config))


def _inside_vllm(config: DictConfig, model: ModelSize, share: int) -> tuple[dict[str, int], int]:
    """What vLLM's share is used for, and the bytes of a token in the KV cache."""
    over = whole(config, f"{ROLLOUT}.tensor_model_parallel_size", 1)
    each = bytes_of(select(config, f"{ROLLOUT}.dtype", "bfloat16"))
    weights = math.ceil(model.parameters * each / over)
    tokens = whole(config, f"{ROLLOUT}.max_num_batched_tokens", 8192)
    answers = whole(config, f"{ROLLOUT}.max_num_seqs", 1024)
    numbers = 4 * model.hidden + 2 * model.attention + 3 * model.intermediate
    # Logits and log-probabilities of the tokens that are sampled, in float32.
    working = tokens * numbers * each + 2 * answers * model.vocabulary * _FLOAT
    cache = share - weights - working
    heads = math.ceil(model.kv_heads / over)  # vLLM repeats heads that are fewer than the GPUs
    per_token = 2 * model.layers * heads * model.head_dim * each
    return {"weights": weights, "working": working, "KV cache": cache}, per_token
