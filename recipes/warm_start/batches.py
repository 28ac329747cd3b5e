"""Worked solutions as training rows, ordered and padded for speed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from .corpus import Example

Row = dict[str, list[int]]
_IGNORED = -100  # a label that the loss skips


def encode(tokenizer: PreTrainedTokenizerBase, corpus: Sequence[Example]) -> list[Row]:
    """Token ids of prompt + solution + end-of-turn, with labels on all but the prompt.

    The prompt is what verl's rollout sends: the chat template of one user message, with the
    generation prompt. The end-of-turn token is where generation stops.
    """
    prompts = tokenizer.apply_chat_template(
        [[{"role": "user", "content": example.question}] for example in corpus],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=False,
    )
    solutions = tokenizer([example.solution for example in corpus])["input_ids"]
    end = [tokenizer.eos_token_id]
    return [
        {
            "input_ids": [*prompt, *solution, *end],
            "labels": [*[_IGNORED] * len(prompt), *solution, *end],
        }
        for prompt, solution in zip(prompts, solutions, strict=True)
    ]


def by_length(rows: Sequence[Row], batch_size: int) -> list[Row]:
    """Sort each batch by length; batches keep their rows and their order."""
    starts = range(0, len(rows), batch_size)
    return [
        row
        for start in starts
        for row in sorted(rows[start : start + batch_size], key=lambda row: len(row["input_ids"]))
    ]


def collate(rows: Sequence[Row]) -> dict[str, Tensor]:
    """Pad on the right, [rows, longest].

    No attention mask: attention is causal, so no token sees the padding after it, and torch takes
    its fast causal kernel.
    """
    length = max(len(row["input_ids"]) for row in rows)

    def padded(key: str, value: int) -> Tensor:
        return torch.tensor([row[key] + [value] * (length - len(row[key])) for row in rows])

    return {"input_ids": padded("input_ids", 0), "labels": padded("labels", _IGNORED)}


def collate_responses(rows: Sequence[Row]) -> dict[str, Any]:
    """`collate` without the logits of what every row's prompt covers: a large vocabulary's cost.

    The loss is the same. The model must take `logits_to_keep`.
    """
    batch = collate(rows)
    # The logits of a token predict the next one, so those of the last prompt token are needed.
    prompts = [row["labels"].count(_IGNORED) for row in rows]
    keep = batch["labels"].shape[1] - min(prompts) + 1
    return {**batch, "labels": batch["labels"][:, -keep:], "logits_to_keep": keep}
