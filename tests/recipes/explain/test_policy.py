"""A model's entropies and surprisals are those of its own distribution."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from recipes.errors import RecipeError
from recipes.explain import explain
from recipes.explain.policy import load

from .groups import SUMS, dumped, measured, tiny_folder, tiny_policy


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("model"))


def by_hand(policy, prompt, text):
    """Entropy and surprisal in float64, from one plain forward of the whole text."""
    chat = [{"role": "user", "content": prompt}]
    before = policy.tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    before = policy.tokenizer(before)["input_ids"]
    ids = policy.tokenizer(text)["input_ids"]
    with torch.no_grad():
        p = policy.net(torch.tensor([before + ids])).logits[0].double().softmax(-1)
    p = p[len(before) - 1 : -1]
    return -(p * p.log()).sum(-1), -p[torch.arange(len(ids)), ids].log()


def test_they_are_of_the_full_vocabulary_after_the_chat_template(folder):
    told, policy = measured(folder), load(str(folder))
    for rollout, row in zip(told.dump.rollouts, SUMS, strict=True):
        entropy, surprisal = by_hand(policy, row["prompt"], row["text"])
        np.testing.assert_allclose(rollout.entropy, entropy, atol=1e-5)
        np.testing.assert_allclose(rollout.surprisal, surprisal, atol=1e-5)
        assert rollout.response == row["text"]
        assert rollout.entropy.std() > 0.01
    assert policy.net.dtype == torch.float32


def test_a_model_without_a_template_gets_the_prompt_as_it_is(folder):
    policy = load(str(folder))
    policy.tokenizer.chat_template = None
    assert policy.encode("12 +", " 30")[0] == policy.tokenizer("12 +")["input_ids"]
    assert policy.encode("", "30")[0] == []


def test_without_a_prompt_a_text_follows_the_token_that_begins_one(folder):
    policy = load(str(folder))
    ids = policy.tokenizer("12 + 30")["input_ids"]
    first = policy.tokenizer.eos_token_id  # this tokenizer has no other
    with torch.no_grad():
        torch.testing.assert_close(
            policy.logits([], ids), policy.net(torch.tensor([[first, *ids]])).logits[0, :-1]
        )
    policy.tokenizer.eos_token = None
    with pytest.raises(RecipeError, match="no token that begins a text; give a prompt"):
        policy.logits([], ids)


def test_long_responses_are_measured_in_parts(folder, monkeypatch):
    whole = measured(folder)
    monkeypatch.setattr("recipes.explain.policy.ROWS", 3)
    assert list(measured(folder).rows()) == list(whole.rows())


def test_the_model_takes_the_place_of_the_files_entropies(folder):
    rows = [row | {"tokens": [row["text"]], "entropies": [9.0]} for row in SUMS]
    assert list(explain("maxrl_gtpo", rows, model=folder).rows()) == list(measured(folder).rows())


def test_a_dump_is_measured_by_its_own_tokens(folder, tmp_path):
    told = measured(folder)
    file = dumped(tmp_path, told)
    again = explain("maxrl_gtpo", file, model=folder)
    assert list(again.rows()) == list(told.rows())


def test_another_tokenizer_is_refused(folder, tmp_path):
    told = measured(folder)
    told.dump.rollouts[1].text[2] = "x"
    with pytest.raises(RecipeError, match=r"Token 2 of rollout 1 is 'x' in the dump and '.+' in"):
        explain("maxrl_gtpo", told.dump.rollouts, model=folder)


@pytest.mark.parametrize("config", ["{}", '{"model_type": "nothing"}', '{"model_type": "qwen3"}'])
def test_a_folder_that_is_no_model_is_one_sentence(tmp_path, config):
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(RecipeError, match="cannot be loaded by transformers: ") as caught:
        load(str(tmp_path))
    assert "\n" not in str(caught.value)
    with pytest.raises(RecipeError, match="is no model; name smollm2-135m-instruct, a folder"):
        load(str(tmp_path / "nowhere"))


@pytest.mark.slow
def test_the_examples_entropies_are_those_of_its_model():
    from recipes.explain import example
    from recipes.explain.group import EXAMPLE
    from recipes.pretrained import smollm2

    if not (smollm2.location() / "config.json").is_file():
        pytest.skip("SmolLM2 is not in the cache; train cpu_smollm2 once")
    policy = load(smollm2.NAME)
    line = json.loads(EXAMPLE.read_text().splitlines()[1])
    (told,) = explain(
        "grpo", [{k: line[k] for k in ("prompt", "text", "reward")}], model=smollm2.NAME
    ).dump.rollouts
    stored = example().rollouts[1]
    assert told.text == stored.text
    np.testing.assert_allclose(told.entropy, stored.entropy, atol=1e-3)
    np.testing.assert_allclose(told.surprisal, stored.surprisal, atol=1e-3)
    assert policy.name == smollm2.NAME


def test_a_policy_has_no_dropout(tmp_path):
    assert not tiny_policy(tmp_path).net.training
