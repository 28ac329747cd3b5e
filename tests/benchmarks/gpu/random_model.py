"""A model of a published shape with random weights, for a machine that cannot fetch the real one.

    python tests/benchmarks/gpu/random_model.py FOLDER [--shape qwen3-0.6b]

The weights are as a new model's, so every next token is about equally likely. What a run's time and
memory depend on is made like the real thing: one token in 250 ends the answer, which gives answers
of 250 tokens on average, and one in 250 is a box with a number, so that answers can pay.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GenerationConfig,
    PreTrainedTokenizerFast,
)

VOCABULARY = 151_936
EVERY = 250
"""One token in so many ends the answer, and one in so many is a box."""
CHAT = "{% for m in messages %}{{ m['role'] + ' ' + m['content'] + ' ' }}{% endfor %}"
SHAPES = {
    "qwen3-0.6b": {
        "hidden_size": 1024,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 3072,
    },
    "tiny": {
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 32,
        "intermediate_size": 128,
    },
}


def words() -> list[str]:
    """The vocabulary: the first EVERY-th part ends an answer, the second part is boxes."""
    part = VOCABULARY // EVERY
    ends = [f"<end{i}>" for i in range(part)]
    boxes = [rf"\boxed{{{i}}}" for i in range(part)]
    return [*ends, *boxes, "<unk>", *(f"w{i}" for i in range(VOCABULARY - 2 * part - 3))]


def main() -> None:
    """Write configuration, weights, generation settings and tokenizer."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="qwen3-0.6b")
    given = parser.parse_args()
    vocabulary = {word: i for i, word in enumerate(words())}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = list(range(VOCABULARY // EVERY))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<end0>", pad_token="<end0>", unk_token="<unk>"
    )
    # verl takes Qwen's end of a turn for given, as tokens; they take the place of two words.
    tokenizer.add_tokens(["\n", "<|im_end|>"])
    tokenizer.chat_template = CHAT
    config = AutoConfig.for_model(
        "qwen3",
        vocab_size=VOCABULARY,
        tie_word_embeddings=True,
        max_position_embeddings=32_768,
        eos_token_id=ends[0],
        pad_token_id=ends[0],
        bos_token_id=None,
        **SHAPES[given.shape],
    )
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).bfloat16()
    model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=ends[0])
    model.save_pretrained(given.folder)
    tokenizer.save_pretrained(given.folder)
    print(f"{given.folder}: {sum(p.numel() for p in model.parameters()) / 1e6:.0f} M parameters")


if __name__ == "__main__":
    main()
