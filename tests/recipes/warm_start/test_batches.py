"""Training rows are what the rollout will see, and tricks for speed change no number."""

from __future__ import annotations

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file
from verl.utils.tokenizer.continuous_token import QwenContinuousTokenBuilder

from recipes.warm_start import train as training
from recipes.warm_start.batches import by_length, collate, encode
from recipes.warm_start.corpus import examples
from recipes.warm_start.recipe import Recipe
from recipes.warm_start.tokenizer import build_tokenizer

CORPUS = examples("reasoning/Addition-v0", {}, seed=0, count=24)
TOKENIZER = build_tokenizer(t for e in CORPUS for t in (e.question, e.solution))
ROWS = encode(TOKENIZER, CORPUS)


def test_a_row_is_the_rollouts_prompt_then_solution_and_end_of_turn():
    builder = QwenContinuousTokenBuilder(TOKENIZER)
    for example, row in zip(CORPUS, ROWS, strict=True):
        prompt = builder.build_initial_tokens([{"role": "user", "content": example.question}])
        response = [*TOKENIZER.encode(example.solution), TOKENIZER.eos_token_id]
        assert row["input_ids"] == prompt + response
        assert row["labels"] == [-100] * len(prompt) + response


def test_sorting_by_length_keeps_every_batch_together():
    ordered = by_length(ROWS, 8)
    for start in range(0, len(ROWS), 8):
        batch, was = ordered[start : start + 8], ROWS[start : start + 8]
        lengths = [len(row["input_ids"]) for row in batch]
        assert lengths == sorted(lengths)
        assert sorted(map(str, batch)) == sorted(map(str, was))


def test_padding_without_a_mask_changes_no_loss():
    model = training._model(TOKENIZER, seed=0)
    losses = [float(model(**collate([row])).loss.detach()) for row in ROWS[:6]]
    tokens = [sum(label >= 0 for label in row["labels"]) for row in ROWS[:6]]
    weighted = sum(x * n for x, n in zip(losses, tokens, strict=True)) / sum(tokens)
    assert len({len(row["input_ids"]) for row in ROWS[:6]}) > 1
    assert float(model(**collate(ROWS[:6])).loss.detach()) == pytest.approx(weighted, rel=1e-5)


@pytest.mark.slow
def test_a_batch_in_parts_has_the_gradient_of_the_whole(tmp_path, monkeypatch):
    recipe = Recipe("reasoning/Addition-v0", {}, 2, 8, 2e-3, 0, 1)
    for parts in (1, 4):
        monkeypatch.setattr(training, "PARTS", parts)
        training.train(recipe, tmp_path / str(parts), Console(quiet=True))
    whole, in_parts = (load_file(tmp_path / p / "model.safetensors") for p in ("1", "4"))
    fresh = dict(training._model(_tokenizer_of(recipe), 0).named_parameters())
    moved = max(float((whole[k] - fresh[k]).abs().max().detach()) for k in whole)
    apart = max(float((whole[k] - in_parts[k]).abs().max()) for k in whole)
    assert apart < 0.02 * moved
    assert torch.isfinite(torch.tensor(moved))


def _tokenizer_of(recipe):
    corpus = examples(recipe.env_id, {}, recipe.seed, recipe.steps * recipe.batch_size)
    said = training.feedback(recipe.env_id, {}, recipe.seed)
    return build_tokenizer([t for e in corpus for t in (e.question, e.solution)] + said)
