"""Numbers that have to divide or contain one another: each rule refuses what breaks it."""

from __future__ import annotations

import pytest
from transformers import AutoConfig

from recipes.launch.resources.sizes import problems

from .small import with_keys

ACTOR, ROLLOUT = "actor_rollout_ref.actor", "actor_rollout_ref.rollout"
FSDP, ULYSSES = f"{ACTOR}.fsdp_config", f"{ACTOR}.ulysses_sequence_parallel_size"


def told(changes, hf_config=None):
    return list(problems(with_keys(changes), hf_config))


def test_what_goes_together_says_nothing():
    assert told({}) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {f"{ROLLOUT}.tensor_model_parallel_size": 3},
            f"{ROLLOUT}.tensor_model_parallel_size=3 does not divide trainer.nnodes x "
            "trainer.n_gpus_per_node = 4; set",
        ),
        (
            {f"{ROLLOUT}.tensor_model_parallel_size": 2, f"{ROLLOUT}.data_parallel_size": 4},
            f"{ROLLOUT}.tensor_model_parallel_size=2 x {ROLLOUT}.data_parallel_size=4 does not",
        ),
        ({f"{FSDP}.fsdp_size": 3}, f"{FSDP}.fsdp_size=3 does not divide"),
        ({f"{FSDP}.fsdp_size": 0}, f"{FSDP}.fsdp_size=0 does not divide"),
        ({ULYSSES: 3}, f"{ULYSSES}=3 does not divide"),
        (
            {ULYSSES: 2, "actor_rollout_ref.model.use_remove_padding": False},
            f"{ULYSSES}=2 needs actor_rollout_ref.model.use_remove_padding=true.",
        ),
        (
            {"data.train_batch_size": 3, f"{ROLLOUT}.n": 5},
            f"{ACTOR}.ppo_mini_batch_size x {ROLLOUT}.n = 3 x 5 rollouts do not divide among 4 "
            "ranks",
        ),
        (
            {
                f"{ACTOR}.use_dynamic_bsz": False,
                f"{ACTOR}.ppo_micro_batch_size_per_gpu": 1,
                "data.train_batch_size": 3,
                f"{ROLLOUT}.n": 2,
                ULYSSES: 2,
            },
            f"data.train_batch_size x {ROLLOUT}.n = 3 x 2 rollouts do not divide among 4 GPUs",
        ),
        (
            {f"{ACTOR}.use_dynamic_bsz": False, f"{ACTOR}.ppo_micro_batch_size_per_gpu": 7},
            f"{ACTOR}.ppo_micro_batch_size_per_gpu=7 does not divide the 128 rollouts that a rank",
        ),
        (
            {f"{ACTOR}.use_dynamic_bsz": False, f"{ACTOR}.ppo_mini_batch_size": 128},
            f"data.train_batch_size=64 is below {ACTOR}.ppo_mini_batch_size=128.",
        ),
        (
            {"trainer.v1.trainer_mode": "separate_async"},
            "trainer.v1.trainer_mode=separate_async makes 4 updates of 64 prompts out of "
            f"data.train_batch_size=64; set {ACTOR}.ppo_mini_batch_size=16 or",
        ),
        (
            {
                f"{ACTOR}.ppo_max_token_len_per_gpu": 1999,
                f"{ROLLOUT}.log_prob_max_token_len_per_gpu": 4000,
            },
            f"{ACTOR}.ppo_max_token_len_per_gpu=1999 has no room for a sequence of "
            "data.max_prompt_length + data.max_response_length = 500 + 1500; set it to 2000",
        ),
        (
            {f"{ROLLOUT}.log_prob_max_token_len_per_gpu": 1999},
            f"{ROLLOUT}.log_prob_max_token_len_per_gpu=1999 has no room",
        ),
        (
            {f"{ROLLOUT}.max_model_len": 1999},
            f"{ROLLOUT}.max_model_len=1999 cuts responses: data.max_prompt_length + "
            "data.max_response_length = 500 + 1500; set it to 2000.",
        ),
        (
            {f"{ROLLOUT}.max_num_batched_tokens": 99},
            f"{ROLLOUT}.max_num_batched_tokens=99 is below {ROLLOUT}.max_num_seqs=100; raise it.",
        ),
    ],
)
def test_what_does_not_is_refused(changes, sentence):
    (problem,) = told(changes)
    assert problem.startswith(sentence)


@pytest.mark.parametrize(
    "changes",
    [
        {f"{ROLLOUT}.tensor_model_parallel_size": 4},
        {f"{FSDP}.fsdp_size": 2},
        {f"{FSDP}.fsdp_size": 5},  # as many as there are and more: verl shards over all
        {ULYSSES: 2, f"{ACTOR}.ppo_max_token_len_per_gpu": 1000},  # two GPUs share a sequence
        {"data.train_batch_size": 3, f"{ROLLOUT}.n": 5, ULYSSES: 4},  # one rank is left
        {"data.train_batch_size": 3, f"{ROLLOUT}.n": 4},  # rollouts divide, not prompts
        {f"{ROLLOUT}.max_num_batched_tokens": 100},
        {f"{ACTOR}.use_dynamic_bsz": False, f"{ACTOR}.ppo_max_token_len_per_gpu": 1},
        {f"{ROLLOUT}.max_model_len": None},
        {"trainer.v1.trainer_mode": "separate_async", f"{ACTOR}.ppo_mini_batch_size": 16},
    ],
)
def test_the_edges_are_accepted(changes):
    assert told(changes) == []


def test_verl_raises_the_tokens_of_a_whole_prefill_itself():
    changes = {f"{ROLLOUT}.enable_chunked_prefill": False, f"{ROLLOUT}.max_num_batched_tokens": 500}
    with pytest.warns(UserWarning, match=r"=500 is below .*max_model_len=2000"):
        assert told(changes) == []


HEADS = {
    "hidden_size": 96,
    "num_attention_heads": 12,
    "num_key_value_heads": 4,
    "max_position_embeddings": 2000,
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, ""),
        (
            {
                f"{ROLLOUT}.tensor_model_parallel_size": 12,  # vLLM repeats the four others
                "trainer.n_gpus_per_node": 12,
                "data.train_batch_size": 12,
            },
            "",
        ),
        (
            {f"{ROLLOUT}.tensor_model_parallel_size": 8, "trainer.n_gpus_per_node": 8},
            f"{ROLLOUT}.tensor_model_parallel_size=8 does not divide the model's 12 attention",
        ),
        (
            {ULYSSES: 8, "trainer.n_gpus_per_node": 8},
            f"{ULYSSES}=8 does not go with the model's 12 attention and 4 key-value heads.",
        ),
        (
            {ULYSSES: 6, "trainer.n_gpus_per_node": 6},
            f"{ULYSSES}=6 does not go with the model's 12 attention and 4 key-value heads.",
        ),
        (
            {f"{ROLLOUT}.max_model_len": 2001},
            "The model has 2000 positions, and a sequence may have 2001 tokens; lower",
        ),
        (
            {f"{ROLLOUT}.max_model_len": None, "data.max_response_length": 1501},
            "The model has 2000 positions, and a sequence may have 2001 tokens; lower",
        ),
    ],
)
def test_what_the_model_does_not_allow(changes, sentence):
    found = told(changes, AutoConfig.for_model("llama", **HEADS))
    assert len(found) == bool(sentence)
    assert all(problem.startswith(sentence) for problem in found)


def test_an_evaluation_makes_room_itself_and_trains_nothing():
    wrong = {f"{ROLLOUT}.max_model_len": 10, f"{ACTOR}.ppo_max_token_len_per_gpu": 10}
    assert told({**wrong, "trainer.val_only": True}) == []
    assert len(told(wrong)) == 3
