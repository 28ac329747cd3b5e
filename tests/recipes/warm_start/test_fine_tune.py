"""Further training of a model that exists: the same numbers, however often it is interrupted."""

from __future__ import annotations

import io

import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from recipes.errors import WarmStartError
from recipes.warm_start import check, ensure
from recipes.warm_start.batches import collate, collate_responses, encode
from recipes.warm_start.corpus import examples
from recipes.warm_start.fine_tune import _rows
from recipes.warm_start.progress import Progress
from recipes.warm_start.recipe import Recipe

ENV = "reasoning/Addition-v0"
QUIET = Console(quiet=True)
SMALL = {"steps": 6, "batch_size": 4, "threads": 1}


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    """A model on disk; how it came to be does not matter here."""
    return ensure(ENV, **SMALL, cache_dir=tmp_path_factory.mktemp("pretrained"), console=QUIET)


@pytest.fixture
def settings(pretrained):
    return {**SMALL, "env_kwargs": {"digits": [2]}, "model": str(pretrained)}


def weights(folder):
    return load_file(folder / "model.safetensors")


def test_the_named_model_is_trained_further(settings, pretrained, tmp_path):
    folder = ensure(ENV, **settings, cache_dir=tmp_path, console=QUIET)
    before, after = weights(pretrained), weights(folder)
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    assert AutoModelForCausalLM.from_pretrained(folder).dtype == torch.float32
    old, new = (AutoTokenizer.from_pretrained(path) for path in (pretrained, folder))
    assert old.get_vocab() == new.get_vocab()
    assert old.chat_template == new.chat_template
    assert [path.name for path in tmp_path.iterdir()] == [folder.name], "checkpoints are left"


@pytest.mark.slow
def test_an_interrupted_run_goes_on_and_ends_with_the_same_weights(settings, tmp_path, monkeypatch):
    whole = ensure(ENV, **settings, cache_dir=tmp_path / "whole", console=QUIET)
    show = Progress.on_log

    def interrupt(self, args, state, control, **given):
        show(self, args, state, control, **given)
        if state.global_step == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "on_log", interrupt)
    with pytest.raises(KeyboardInterrupt):
        ensure(ENV, **settings, cache_dir=tmp_path / "parts", console=QUIET)
    assert not list((tmp_path / "parts").glob("*/config.json")), "half a model"
    monkeypatch.setattr(Progress, "on_log", show)
    said = io.StringIO()
    console = Console(file=said, width=80)
    parts = ensure(ENV, **settings, cache_dir=tmp_path / "parts", console=console)
    assert said.getvalue().splitlines()[0] == "warm start: going on from step 3"
    assert "step 3/6" not in said.getvalue()
    assert parts.name == whole.name
    assert (parts / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_leaving_out_the_logits_of_the_prompts_changes_no_loss(pretrained):
    tokenizer = AutoTokenizer.from_pretrained(pretrained)
    model = AutoModelForCausalLM.from_pretrained(pretrained)
    rows = encode(tokenizer, examples(ENV, {}, seed=0, count=8))
    whole, short = collate(rows), collate_responses(rows)
    assert short["labels"].shape[1] < whole["labels"].shape[1]
    assert (short["labels"] >= 0).sum() == (whole["labels"] >= 0).sum()
    losses = [float(model(**batch).loss.detach()) for batch in (whole, short)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-6)


def test_longer_problems_are_left_out(pretrained):
    tokenizer = AutoTokenizer.from_pretrained(pretrained)
    everything = Recipe(ENV, {}, **SMALL, model=str(pretrained))
    lengths = sorted(len(row["input_ids"]) for row in _rows(tokenizer, everything))
    limit = lengths[len(lengths) // 2]
    some = Recipe(ENV, {}, **SMALL, model=str(pretrained), max_tokens=limit)
    rows = _rows(tokenizer, some)
    assert len(rows) == 24
    assert max(len(row["input_ids"]) for row in rows) <= limit < lengths[-1]


def test_a_limit_that_no_problem_meets_is_told(pretrained):
    recipe = Recipe(ENV, {}, **SMALL, model=str(pretrained), max_tokens=5)
    with pytest.raises(WarmStartError, match="only 0 of 480 problems have at most 5 tokens"):
        _rows(AutoTokenizer.from_pretrained(pretrained), recipe)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"model": "smolm"}, "'smolm' is no model"), ({"max_tokens": 0}, "max_tokens must be at")],
    ids=str,
)
def test_wrong_settings_are_refused_before_anything_starts(wrong, told):
    with pytest.raises(WarmStartError, match=told):
        check({"env_id": ENV, **wrong})


def test_each_kind_of_start_has_its_learning_rate(pretrained):
    assert Recipe(ENV).rate == 2e-3
    assert Recipe(ENV, model=str(pretrained)).rate == 1e-4
    assert Recipe(ENV, model=str(pretrained), learning_rate=3e-5).rate == 3e-5
