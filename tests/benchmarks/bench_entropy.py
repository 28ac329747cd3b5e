"""Precision of the entropy that reaches the estimator, against float64 on the same logits.

    python tests/benchmarks/bench_entropy.py [MODEL]

Runs the recipe's model on its environment's worked solutions and on noise around them, and compares
verl's own entropy function (the one its FSDP engine calls) in float32 and in bfloat16 with float64.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table
from transformers import AutoModelForCausalLM, AutoTokenizer
from verl.utils.torch_functional import entropy_from_logits

import envs

ROOT = Path(__file__).parents[2]
PROBLEMS = 256


def exact_entropy(logits: torch.Tensor) -> torch.Tensor:
    """Shannon entropy in nats, float64."""
    logp = logits.double().log_softmax(-1)
    return -(logp.exp() * logp).sum(-1)


def real_logits(model_path: Path) -> torch.Tensor:
    """Float32 logits of every token of worked solutions, [tokens, vocabulary]."""
    tokenizer = AutoTokenizer.from_pretrained(model_path)
    model = AutoModelForCausalLM.from_pretrained(model_path, dtype=torch.float32).eval()
    env = envs.make("reasoning/Addition-v0")
    rows = []
    with torch.no_grad():
        for index in range(PROBLEMS):
            question, _ = env.reset(seed=1, options={"index": index, "stream": "validation"})
            prompt = tokenizer.apply_chat_template(
                [{"role": "user", "content": question}], add_generation_prompt=True, tokenize=False
            )
            ids = tokenizer(prompt + env.task.solution, add_special_tokens=False).input_ids
            rows.append(model(input_ids=torch.tensor([ids])).logits[0])
    return torch.cat(rows)


def main() -> None:
    """Print the table."""
    if len(sys.argv) > 1:
        model_path = Path(sys.argv[1])
    else:
        from recipes.warm_start import ensure

        model_path = ensure()
    logits = real_logits(model_path)
    exact = exact_entropy(logits)
    table = Table(title=f"{len(exact)} tokens, vocabulary {logits.shape[-1]}, entropy in nats")
    for column in ("path", "max |error|", "mean |error|", "exactly 0"):
        table.add_column(column, justify="right")
    for name, given in (
        ("float32 logits", logits),
        ("bfloat16 logits, float32 reduction", logits.bfloat16().float()),
        ("bfloat16 (CPU autocast)", logits.bfloat16()),
    ):
        error = (entropy_from_logits(given).double() - exact).abs()
        zeros = (entropy_from_logits(given) == 0).double().mean()
        table.add_row(name, f"{error.max():.1e}", f"{error.mean():.1e}", f"{zeros:.1%}")
    Console().print(table)


if __name__ == "__main__":
    main()
