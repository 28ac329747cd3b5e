"""SmolLM2: what its conversion loses is mended; the converted model answers."""

from __future__ import annotations

import importlib.util

import pytest
from rich.console import Console
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from recipes import pretrained
from recipes.errors import PretrainedError
from recipes.pretrained import smollm2

# Of GSM8K, where the unmended tokenizer reads something else: several blanks before a digit, and a
# fraction, which counts as a digit. With each, what the model was taught to read.
GSM8K = {
    "50 deer in a field.  50 percent of": ["Ġfield", ".", "ĠĠ", "5", "0", "Ġpercent", "Ġof"],
    "Benny bought  2 soft drinks": ["Ġbought", "ĠĠ", "2", "Ġsoft", "Ġdrinks"],
    "Food is          30% *": ["Ġis", "Ġ" * 10, "3", "0", "%", "Ġ*"],
    "friends ate ¾ of their": ["Ġate", "Ġ", "Â¾", "Ġof", "Ġtheir"],
}


def converted() -> PreTrainedTokenizerFast:
    """What transformers makes of a GGUF file: byte-level pieces without a rule for digits."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    names = [*special, *alphabet, "ĊĊ"]
    core = Tokenizer(models.BPE({n: i for i, n in enumerate(names)}, merges=[("Ċ", "Ċ")]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteLevel(add_prefix_space=True)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token=special[1],
        eos_token=special[1],
        unk_token=special[0],
        additional_special_tokens=[special[2]],
    )


def test_newlines_before_a_digit_are_one_token():
    assert converted().tokenize("a\n\n2") == ["a", "Ċ", "Ċ", "2"]
    assert smollm2.mended(converted()).tokenize("a\n\n2") == ["a", "ĊĊ", "2"]


def test_generation_ends_and_pads_with_the_end_of_turn():
    tokenizer = smollm2.mended(converted())
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (2, 2)
    assert tokenizer.clean_up_tokenization_spaces is False


@pytest.mark.parametrize("text", ["1 , 2 .", "a ▁ b", " x", "√2 ≈ 1.41", *GSM8K])
def test_any_text_comes_back_unchanged(text):
    tokenizer = smollm2.mended(converted())
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_without_gguf_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("VERL_CREDIT_CACHE", str(tmp_path))
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "gguf" else find(name)
    )
    with pytest.raises(PretrainedError, match="needs the package gguf: pip install"):
        smollm2.ensure(Console(quiet=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["smollm2", "/no/such/folder", "tests", "./a/b"])
def test_what_is_no_model_is_refused(name):
    assert "is no model; name smollm2-135m-instruct, a folder" in pretrained.problem(name)


def test_what_may_be_a_model_is_not_refused(tmp_path):
    (tmp_path / "config.json").touch()
    for name in ("smollm2-135m-instruct", str(tmp_path), "HuggingFaceTB/SmolLM2-135M-Instruct"):
        assert pretrained.problem(name) == ""


def test_a_changed_folder_is_another_model(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    before = pretrained.fingerprint(str(tmp_path))
    assert pretrained.fingerprint(str(tmp_path)) == before
    (tmp_path / "config.json").write_text("{ }")
    assert pretrained.fingerprint(str(tmp_path)) != before


@pytest.fixture(scope="module")
def folder():
    return pretrained.model_folder(smollm2.NAME, Console(quiet=True))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_converted_tokenizer_reads_gsm8k_as_its_model_was_taught(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert len(tokenizer) == 49152
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (2, 2)
    assert tokenizer.tokenize("a\n\n2") == ["a", "ĊĊ", "2"]
    for text, tokens in GSM8K.items():
        assert tokenizer.tokenize(text)[-len(tokens) :] == tokens
        assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_converted_model_answers(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    answer = model.generate(**prompt, max_new_tokens=16, do_sample=False)[0]
    said = tokenizer.decode(answer[prompt["input_ids"].shape[1] :])
    assert said == "The capital of France is Paris.<|im_end|>"
