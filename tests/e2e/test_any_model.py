"""A folder with a causal language model of another kind, named and nothing else.

The warm-started model of every other test here is a Qwen3. verl 0.9.1 itself refuses GPT-NeoX: it
reads `num_key_value_heads` of its configuration and looks for `model` in vLLM's module.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from transformers import (
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
)

SIZES = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 256,
}


def llama(vocabulary: int) -> PreTrainedModel:
    """Head and embedding apart."""
    config = LlamaConfig(
        vocab_size=vocabulary, num_key_value_heads=1, tie_word_embeddings=False, **SIZES
    )
    return LlamaForCausalLM(config)


def test_its_weights_reach_the_rollout_before_and_after_an_update(
    run_verl: Callable, warm_model: Path, tmp_path: Path
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(warm_model)
    torch.manual_seed(0)
    model = llama(len(tokenizer)).float()
    model.config.eos_token_id = tokenizer.eos_token_id
    model.config.pad_token_id = tokenizer.pad_token_id
    for part in (model, tokenizer):
        part.save_pretrained(tmp_path / "model")
    run = run_verl(
        f"actor_rollout_ref.model.path={tmp_path}/model",
        "data.train_batch_size=4",
        "data.max_response_length=16",
        # Nothing is solved at random, so the reward would move no weight.
        "actor_rollout_ref.actor.entropy_coeff=0.1",
    )
    assert run.returncode == 0, run.log[-3000:]
    for step in (1, 2):
        assert run.metrics[step]["training/rollout_probs_diff_max"] < 1e-4
        assert run.metrics[step]["actor/grad_norm"] > 0
