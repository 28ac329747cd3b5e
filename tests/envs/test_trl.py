"""README's reward function for TRL: as a plain callable, and in TRL's own trainer if there."""

from __future__ import annotations

import warnings

import pytest

from tests.envs.trl_example import correct

QUESTIONS = [f"What is {n}+{n}?" for n in range(8)]
ANSWERS = [str(2 * n) for n in range(8)]


def test_it_pays_texts_and_messages_alike():
    said = [r"\boxed{8}", r"\boxed{9}", "8", r"So 4+4 = \boxed{8.0}"]
    assert correct(said, answer=["8"] * 4, prompts=["?"] * 4) == [1.0, 0.0, 0.0, 1.0]
    messages = [[{"role": "assistant", "content": text}] for text in said]
    assert correct(messages, answer=["8"] * 4) == [1.0, 0.0, 0.0, 1.0]


def test_trl_trains_with_it(tmp_path, monkeypatch):
    """One step on the CPU: TRL calls it with the data set's columns and logs what it paid."""
    pytest.importorskip("trl", reason="TRL is not installed")
    warnings.simplefilter("ignore")
    from datasets import Dataset
    from transformers import Qwen3Config, Qwen3ForCausalLM
    from trl import GRPOConfig, GRPOTrainer

    from recipes.warm_start.tokenizer import build_tokenizer

    monkeypatch.chdir(tmp_path)
    tokenizer = build_tokenizer(QUESTIONS)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 8}
    model = Qwen3ForCausalLM(Qwen3Config(vocab_size=len(tokenizer), **sizes, **heads))
    rows = {"prompt": [[{"role": "user", "content": q}] for q in QUESTIONS], "answer": ANSWERS}
    paid = []

    def watched(completions, answer, **given):
        paid.extend(correct(completions, answer=answer, **given))
        return paid[-len(completions) :]

    trainer = GRPOTrainer(
        model=model,
        reward_funcs=watched,
        args=GRPOConfig(
            output_dir=str(tmp_path),
            max_steps=1,
            per_device_train_batch_size=4,
            num_generations=4,
            max_completion_length=8,
            use_cpu=True,
            bf16=False,
            report_to="none",
        ),
        train_dataset=Dataset.from_dict(rows),
        processing_class=tokenizer,
    )
    trainer.train()
    assert len(paid) == 4
    assert trainer.state.global_step == 1
