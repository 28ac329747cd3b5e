"""The supervised run: transformers' Trainer on worked solutions.

verl's own SFT trainer does not run on the CPU platform: it asks torch for the process-group
backend "cpu:gloo,cpu:gloo", which torch rejects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from transformers import (
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    Trainer,
    TrainingArguments,
)
from transformers.trainer_callback import PrinterCallback

from ..quiet import quiet
from .batches import Row, by_length, collate, encode
from .corpus import Example, examples, feedback
from .progress import Progress
from .recipe import Recipe
from .tokenizer import build_tokenizer

_WARM_UP_STEPS = 50
# Rows of one batch are sorted by length and worked off in this many parts, so that little is
# padding. The parts add up to the gradient of the whole batch.
PARTS = 4


def train(recipe: Recipe, folder: Path, console: Console) -> None:
    """Train a small Qwen3 on `steps * batch_size` worked solutions and save it to `folder`.

    Loss: mean over the batch's solution and end-of-turn tokens of -log p(token); the prompt is
    not learned. Every problem is seen once.
    """
    corpus = _corpus(recipe)
    tokenizer = _tokenizer(recipe, corpus)
    rows = by_length(encode(tokenizer, corpus), recipe.batch_size)
    with quiet(), threads(recipe.threads), Progress(console) as progress:
        model = _model(tokenizer, recipe.seed)
        _trainer(model, rows, recipe, progress).train()
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def tokenizer_for(recipe: Recipe) -> PreTrainedTokenizerFast:
    """The tokenizer that `train` makes."""
    return _tokenizer(recipe, _corpus(recipe))


def _corpus(recipe: Recipe) -> list[Example]:
    count = recipe.steps * recipe.batch_size
    return examples(recipe.env_id, recipe.env_kwargs, recipe.seed, count)


def _tokenizer(recipe: Recipe, corpus: Sequence[Example]) -> PreTrainedTokenizerFast:
    said = feedback(recipe.env_id, recipe.env_kwargs, recipe.seed)
    return build_tokenizer([t for e in corpus for t in (e.question, e.solution)] + said)


def _model(tokenizer: PreTrainedTokenizerFast, seed: int) -> Qwen3ForCausalLM:
    """0.89M parameters with random weights; vocabulary exactly the tokenizer's.

    A larger vocabulary (the usual padding to a multiple of 64) makes vLLM and the actor
    normalise over different tokens, 0.2 nats apart.
    """
    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        head_dim=32,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        dtype="float32",
    )
    return Qwen3ForCausalLM(config)


def _trainer(
    model: Qwen3ForCausalLM, rows: list[Row], recipe: Recipe, progress: Progress
) -> Trainer:
    own = {
        "output_dir": ".",  # nothing is written: no checkpoints, no logs
        "save_strategy": "no",
        "lr_scheduler_type": "constant_with_warmup",
        "warmup_steps": _WARM_UP_STEPS,
        "use_cpu": True,
        "logging_steps": 10,
    }
    return trainer_of(model, rows, recipe, progress, collate, own)


def trainer_of(
    model: PreTrainedModel,
    rows: list[Row],
    recipe: Recipe,
    progress: Progress,
    collator: Callable[[Sequence[Row]], dict[str, Any]],
    own: Mapping[str, Any],
) -> Trainer:
    """transformers' Trainer as every warm start has it; `own` are the arguments that differ."""
    parts = PARTS if recipe.batch_size % PARTS == 0 else 1
    arguments = TrainingArguments(
        max_steps=recipe.steps,
        per_device_train_batch_size=recipe.batch_size // parts,
        gradient_accumulation_steps=parts,
        learning_rate=recipe.rate,
        weight_decay=0.01,
        max_grad_norm=1.0,
        seed=recipe.seed,
        train_sampling_strategy="sequential",
        dataloader_pin_memory=False,
        report_to="none",
        disable_tqdm=True,
        **own,
    )
    trainer = Trainer(
        model, arguments, data_collator=collator, train_dataset=rows, callbacks=[progress]
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use `count` threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
