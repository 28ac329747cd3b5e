"""Memory of a GPU, against numbers worked out by hand."""

from __future__ import annotations

import dataclasses

import pytest

from recipes.launch.resources.memory import GB, estimate, problems

from .small import MODEL, with_keys

ACTOR, ROLLOUT = "actor_rollout_ref.actor", "actor_rollout_ref.rollout"
FSDP = f"{ACTOR}.fsdp_config"


def test_the_update_by_hand():
    """A billion float32 parameters over four GPUs, 10,000 tokens at a time."""
    assert estimate(with_keys({}), MODEL).phases["update"] == {
        "weights": 10**9,  # 10^9 x 4 / 4
        "gradients": 10**9,
        "Adam": 2 * 10**9,
        "gathered": 1_120_000_000,  # (10^8 + 2 x 2 10^7) x (2 + 2 + 4)
        # 40 layers x 10^4 x 1000 x 2, and 10^4 x 2 x (8 x 1000 + 4 x 30 x 100 + 6 x 4000)
        "activations": 800_000_000 + 880_000_000,
        "logits": 4 * 10**9,  # 10^4 x 10^5 x 2, and as much for their gradient
        "allowance": 3 * GB,
    }


def test_the_log_probs_by_hand():
    assert estimate(with_keys({}), MODEL).phases["log-probs"] == {
        "weights": 10**9,
        "Adam": 2 * 10**9,
        "gathered": 280_000_000,  # in bfloat16, without a gradient
        "activations": 880_000_000,  # of one layer: none is kept
        "logits": 3_200_000_000,  # 10^5 x (10^4 x 2 + 1000 x 12), a chunk at a time in float32
        "allowance": 3 * GB,
    }


def test_the_rollout_by_hand():
    memory = estimate(with_keys({}), MODEL)
    assert memory.phases["rollout"] == {
        "weights": 10**9,
        "Adam": 2 * 10**9,
        "vLLM": 40 * GB,
        "allowance": 3 * GB,
    }
    # 10^4 x 2 x (4 x 1000 + 2 x 3000 + 3 x 4000), and 2 x 100 x 10^5 x 4
    working = 440_000_000 + 80_000_000
    assert memory.share == {
        "weights": 2 * 10**9,
        "working": working,
        "KV cache": 40 * GB - 2 * 10**9 - working,
    }
    per_token = 2 * 40 * 10 * 100 * 2  # key and value, layers, heads, their size, bfloat16
    assert memory.longest == 2000 * per_token
    assert memory.sequences == memory.share["KV cache"] // (2000 * per_token) == 126


@pytest.mark.parametrize(
    ("changes", "phase", "part", "size"),
    [
        ({f"{FSDP}.model_dtype": "bfloat16"}, "update", "Adam", 10**9),
        ({f"{FSDP}.fsdp_size": 2}, "update", "weights", 2 * 10**9),
        ({f"{FSDP}.fsdp_size": 8}, "update", "weights", 10**9),
        ({"trainer.nnodes": 2}, "update", "weights", 5 * 10**8),
        ({f"{FSDP}.offload_policy": True}, "update", "Adam", 0),
        ({f"{FSDP}.optimizer_offload": True}, "update", "Adam", 2 * 10**9),
        ({f"{FSDP}.optimizer_offload": True}, "log-probs", "Adam", 0),
        ({f"{FSDP}.optimizer_offload": True}, "rollout", "Adam", 0),
        ({f"{FSDP}.param_offload": True}, "rollout", "weights", 0),
        ({f"{ACTOR}.ppo_max_token_len_per_gpu": 5000}, "update", "logits", 2 * 10**9),
        ({f"{ACTOR}.entropy_coeff": 0.01}, "update", "logits", 16 * 10**9),
        (
            {f"{ACTOR}.entropy_from_logits_with_chunking": False},
            "log-probs",
            "logits",
            14 * 10**9,
        ),
        (
            {"actor_rollout_ref.model.use_fused_kernels": True},
            "log-probs",
            "logits",
            512 * 10**5 * 12,
        ),
        (
            {"actor_rollout_ref.model.enable_gradient_checkpointing": False},
            "update",
            "activations",
            800_000_000 + 40 * 880_000_000,
        ),
        # 4 rows x 2000 tokens instead of 10,000
        ({f"{ACTOR}.use_dynamic_bsz": False}, "update", "logits", 3_200_000_000),
        ({f"{ROLLOUT}.free_cache_engine": False}, "update", "vLLM", 40 * GB),
        ({f"{ROLLOUT}.enable_sleep_mode": False}, "log-probs", "vLLM", 40 * GB),
    ],
)
def test_what_a_setting_changes(changes, phase, part, size):
    assert estimate(with_keys(changes), MODEL).phases[phase][part] == size
    before = estimate(with_keys({}), MODEL).phases[phase]
    kept = {f"{FSDP}.fsdp_size": 8, f"{FSDP}.optimizer_offload": True}
    same = changes.items() <= kept.items() and phase == "update"
    assert same == (before.get(part) == size)


def test_tensor_parallel_halves_what_vllm_holds_on_each():
    two = estimate(with_keys({f"{ROLLOUT}.tensor_model_parallel_size": 2}), MODEL)
    assert two.share["weights"] == 10**9
    assert two.longest == 2000 * 80_000
    few = dataclasses.replace(MODEL, kv_heads=1)  # repeated on both
    one, two = (
        estimate(with_keys({f"{ROLLOUT}.tensor_model_parallel_size": n}), few) for n in (1, 2)
    )
    assert one.longest == two.longest


def test_adapters_alone_have_gradients_and_moments():
    phases = estimate(with_keys({}), dataclasses.replace(MODEL, trained=10**7)).phases
    assert phases["update"]["weights"] == 10**9
    assert phases["update"]["gradients"] == 10**7
    assert phases["update"]["Adam"] == phases["rollout"]["Adam"] == 2 * 10**7
    assert phases["update"]["gathered"] == 280_000_000


def told(changes):
    config = with_keys(changes)
    return list(problems(config, estimate(config, MODEL)))


def test_what_fits_says_nothing():
    assert told({}) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {f"{ACTOR}.ppo_max_token_len_per_gpu": 200_000},
            "The update of the actor takes about 113.6 GB of each GPU (logits 74.5, activations "
            "31.3, allowance 3.0, Adam 1.9, gathered 1.0, weights 0.9, gradients 0.9), and "
            f"launch.gpu_memory_gb is 80.0; lower {ACTOR}.ppo_max_token_len_per_gpu, now 200000.",
        ),
        (
            {
                f"{ACTOR}.entropy_from_logits_with_chunking": False,
                f"{ROLLOUT}.log_prob_max_token_len_per_gpu": 70_000,
            },
            "Computing log-probabilities and entropies takes about 103.1 GB",
        ),
        (
            {f"{ROLLOUT}.gpu_memory_utilization": 0.95},
            "While vLLM generates, it and the resting actor take about 81.8 GB",
        ),
        (
            {f"{ROLLOUT}.max_model_len": 300_000},
            "vLLM's share of 40.0 GB leaves 37.7 for the KV cache, and one sequence of "
            "max_model_len takes 44.7; raise",
        ),
    ],
)
def test_what_overflows_is_refused_with_the_key(changes, sentence):
    (problem,) = told(changes)
    assert problem.startswith(sentence)


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        (
            {
                f"{ACTOR}.entropy_from_logits_with_chunking": False,
                f"{ROLLOUT}.log_prob_max_token_len_per_gpu": 70_000,
            },
            f"set {ACTOR}.entropy_from_logits_with_chunking=true.",
        ),
        (
            {f"{ROLLOUT}.gpu_memory_utilization": 0.95},
            f"set {ROLLOUT}.gpu_memory_utilization=0.82.",
        ),
        (
            {"launch.gpu_memory_gb": 6, f"{ACTOR}.ppo_max_token_len_per_gpu": 2000},
            f"take more GPUs, {FSDP}.optimizer_offload=true, or adapters",
        ),
    ],
)
def test_the_remedy_is_that_of_the_largest_part(changes, remedy):
    assert any(remedy in problem for problem in told(changes))


def test_the_remedy_of_the_rollout_fits():
    assert told({f"{ROLLOUT}.gpu_memory_utilization": 0.82}) == []


def test_a_tight_fit_is_a_warning():
    with pytest.warns(UserWarning, match=r"A tight fit, by estimate: While vLLM generates"):
        assert told({f"{ROLLOUT}.gpu_memory_utilization": 0.88}) == []
