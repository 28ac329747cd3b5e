"""The tokenizer: lossless, exactly as large as it says, and what verl's Qwen builder expects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer
from verl.utils.tokenizer.chat_template import apply_chat_template
from verl.utils.tokenizer.continuous_token import QwenContinuousTokenBuilder
from verl.utils.tokenizer.tokenizer import normalize_token_ids

from recipes.warm_start.corpus import examples, feedback
from recipes.warm_start.tokenizer import END, build_tokenizer

ENV = "reasoning/Addition-v0"
CORPUS = examples(ENV, {}, seed=0, count=300)
SAID = feedback(ENV, {}, seed=0)
TOKENIZER = build_tokenizer([t for e in CORPUS for t in (e.question, e.solution)] + SAID)
CHAT = [
    {"role": "user", "content": CORPUS[0].question},
    {"role": "assistant", "content": CORPUS[0].solution},
    {"role": "user", "content": SAID[0]},
]


def ids(text: str) -> list[int]:
    return TOKENIZER.encode(text, add_special_tokens=False)


@given(st.text())
def test_any_text_comes_back_unchanged(text):
    assert TOKENIZER.decode(ids(text)) == text


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_solutions_of_other_problems_come_back_unchanged(a, b):
    text = f"Let me add {a} and {b}. Wait, let me check the carry. \\boxed{{{a + b}}}.\n"
    assert TOKENIZER.decode(ids(text)) == text


def test_the_environment_speaks_in_whole_words():
    assert SAID
    assert all(SAID)
    for text in [CORPUS[0].solution, *SAID]:
        pieces = TOKENIZER.convert_ids_to_tokens(ids(text))
        letters = [p for p in pieces if p.strip("Ġ").isalpha() and len(p.strip("Ġ")) == 1]
        assert letters == []


def test_digits_are_tokens_of_their_own():
    assert len(ids("8675309")) == 7


def test_ids_are_dense_and_the_length_is_the_vocabulary():
    vocabulary = TOKENIZER.get_vocab()
    assert sorted(vocabulary.values()) == list(range(len(TOKENIZER)))
    assert TOKENIZER.vocab_size == len(TOKENIZER)
    assert TOKENIZER.unk_token is None


def test_a_saved_tokenizer_loads_as_itself(tmp_path):
    TOKENIZER.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded.get_vocab() == TOKENIZER.get_vocab()
    assert loaded.eos_token_id == TOKENIZER.convert_tokens_to_ids(END)
    assert loaded.pad_token_id not in (None, loaded.eos_token_id)
    rendered = [t.apply_chat_template(CHAT, return_dict=False) for t in (loaded, TOKENIZER)]
    assert rendered[0] == rendered[1]


@pytest.mark.parametrize("said", SAID)
def test_verls_builder_for_qwen_continues_a_conversation_as_the_template_writes_it(said):
    builder = QwenContinuousTokenBuilder(TOKENIZER)
    asked, answered = CHAT[:1], [*CHAT[:2]]
    again = [*answered, {"role": "user", "content": said}]
    prompt = builder.build_initial_tokens(asked)
    answer = [*ids(CORPUS[0].solution), TOKENIZER.eos_token_id]
    with_answer = builder.merge_assistant_tokens(prompt, answer).token_ids
    with_feedback = builder.merge_context_tokens(answered, again, with_answer).token_ids
    whole = apply_chat_template(TOKENIZER, again, tokenize=True, add_generation_prompt=True)
    assert with_feedback == normalize_token_ids(whole)
