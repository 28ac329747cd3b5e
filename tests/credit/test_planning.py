"""Exact projection of phrases onto tokens, for three families of tokenizers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from credit_plugins.planning import PieceTable, planning_mask
from credit_plugins.planning.detectors.phrases import SEED_PHRASES
from credit_plugins.planning.search import find_spans, fold

from .projecting import TABLES, encode, mark, runs
from .tokenizers_for_tests import FAMILIES, byte_level, spaced_words, word_level

# ---- each family ------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["byte_level", "sentencepiece"])
@pytest.mark.parametrize("phrase", SEED_PHRASES)
def test_each_phrase_is_marked_and_nothing_around_it(family, phrase):
    tokenizer, table = FAMILIES[family](), TABLES[family]
    ids = encode(tokenizer, f"so 12 + 7: {phrase}; 19 then")
    (found,) = runs(table, ids, mark(table, ids))
    assert found.strip() == phrase


@pytest.mark.parametrize("family", ["byte_level", "sentencepiece"])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What a regex over joined token strings misses.
        ("no. That's not right. So", ["That's not right"]),
        ("no. That\u2019s not right. So", ["That\u2019s not right"]),
        ("19. Wait, let me see", ["Wait, let me"]),
        ("I double-check it", ["double-check"]),
        ("I DOUBLE \u2014 CHECK it", ["DOUBLE \u2014 CHECK"]),
        ("wait\nlet me\n", ["wait\nlet me"]),
        # Two phrases that share words.
        ("wait, let me check.", ["wait, let me check"]),
        # Word boundaries.
        ("await let me. let me checkers. outlet me think", []),
        ("wait. let me see", []),
        # Non-ASCII text around and before.
        ("\u00e9\U0001f642 \u0130\u00df double check\U0001f642", ["double check"]),
    ],
)
def test_hard_cases(family, text, expected):
    tokenizer, table = FAMILIES[family](), TABLES[family]
    ids = encode(tokenizer, text)
    assert [run.strip() for run in runs(table, ids, mark(table, ids))] == expected


def test_phrases_split_into_subwords():
    ids = encode(byte_level(256 + 2), "double-check")
    assert len(ids) == len("double-check")  # one token per byte
    table = PieceTable.from_tokenizer(byte_level(256 + 2))
    assert mark(table, ids).all()


def test_word_level():
    tokenizer, table = word_level(), TABLES["word_level"]
    ids = encode(tokenizer, "1+2=3. Wait, let me check the carry. That's not right. is")
    found = runs(table, ids, mark(table, ids))
    assert [run.strip() for run in found] == ["Wait, let me check", "That's not right"]


def test_word_level_without_a_decoder():
    table = PieceTable.from_tokenizer(spaced_words())
    ids = encode(spaced_words(), "the carry wait , let me think the")
    assert [run.strip() for run in runs(table, ids, mark(table, ids))] == ["wait , let me think"]


def test_a_character_split_over_tokens():
    """The partial tokens of the apostrophe lie inside the phrase; those of the emoji do not."""
    table = PieceTable.from_tokenizer(byte_level(256 + 2))
    text = "\U0001f642that\u2019s not right\U0001f642"
    marked = mark(table, encode(byte_level(256 + 2), text))
    assert (
        marked.tolist()
        == [False] * 4 + [True] * len("that\u2019s not right".encode()) + [False] * 4
    )


def test_a_phrase_that_starts_inside_a_token_sequence_of_one_character():
    """The character belongs to the token that completes it."""
    table = PieceTable((b"\xc3", b"\xa9", b" x", b"\x00"))
    assert mark(table, [0, 1, 2], phrases=["\u00e9 x"]).tolist() == [False, True, True]


# ---- masks, turns and special tokens ----------------------------------------------------------


def test_never_across_a_turn_boundary():
    tokenizer, table = byte_level(), TABLES["byte_level"]
    before, after = encode(tokenizer, "so wait"), encode(tokenizer, " let me see")
    tool = encode(tokenizer, " ")
    ids = before + tool + after
    whole = mark(table, ids)
    assert whole.any()
    turn = [True] * len(before) + [False] * len(tool) + [True] * len(after)
    assert not mark(table, ids, turn).any()


def test_never_on_masked_tokens_nor_from_their_text():
    tokenizer, table = byte_level(), TABLES["byte_level"]
    ids = encode(tokenizer, "let me think")
    for hidden in range(len(ids)):
        mask = [i != hidden for i in range(len(ids))]
        assert not mark(table, ids, mask).any()


def test_never_across_rows():
    table = PieceTable((b"double", b" check", b"\x00"))
    marked = planning_mask(np.array([[0], [1]]), np.ones((2, 1)), table, SEED_PHRASES)
    assert not marked.any()
    assert mark(table, [0, 1]).all()


def test_special_tokens_are_not_text():
    tokenizer, table = byte_level(), TABLES["byte_level"]
    ids = encode(tokenizer, "wait<|im_end|> let me")
    assert tokenizer.eos_token_id in ids
    assert not mark(table, ids).any()
    padded = encode(tokenizer, "double check<|im_end|>")
    assert mark(table, padded).tolist() == [True] * (len(padded) - 1) + [False]


def test_an_added_token_that_is_text_is_read():
    tokenizer, table = byte_level(), TABLES["byte_level"]
    ids = encode(tokenizer, "<think>double check")
    assert table.pieces[ids[0]] == b"<think>"
    assert mark(table, ids).tolist() == [False] + [True] * (len(ids) - 1)


def test_ids_outside_the_vocabulary_are_boundaries():
    table = PieceTable((b"double", b" check", b"\x00"))
    for stranger in (2, 99, -100):
        assert mark(table, [0, stranger, 1]).tolist() == [False] * 3
        assert mark(table, [0, 1, stranger]).tolist() == [True, True, False]


def test_bytes_that_are_not_text():
    table = PieceTable((b"\xff", b"\xe2\x80", b"double check", b"\x99", b"\x00"))
    assert mark(table, [0, 1, 2, 3, 0, 2]).tolist() == [False, False, True, False, False, True]


def test_rows_are_independent_and_torch_equals_numpy():
    tokenizer, table = byte_level(), TABLES["byte_level"]
    texts = ["so let me think 1", "nothing here", "double-check", ""]
    rows = [encode(tokenizer, text) for text in texts]
    width = max(map(len, rows)) + 2
    ids = np.array([row + [0] * (width - len(row)) for row in rows])
    mask = np.array([[i < len(row) for i in range(width)] for row in rows])
    together = planning_mask(ids, mask, table, SEED_PHRASES)
    assert together.dtype == torch.bool
    for row, marked in zip(rows, together, strict=True):
        assert marked[: len(row)].tolist() == mark(table, row).tolist()
        assert not marked[len(row) :].any()
    again = planning_mask(torch.from_numpy(ids), torch.from_numpy(mask).long(), table, SEED_PHRASES)
    assert torch.equal(again, together)


@pytest.mark.parametrize("shape", [(0, 0), (0, 4), (3, 0)])
def test_empty_batches(shape):
    empty = np.zeros(shape, dtype=np.int64)
    marked = planning_mask(empty, empty, TABLES["byte_level"], SEED_PHRASES)
    assert marked.shape == shape


# ---- search -----------------------------------------------------------------------------------


def test_user_phrases_are_normalised_like_the_text():
    for phrase in ("Stra\u00dfe frei", "STRASSE-FREI", "  strasse,  frei "):
        assert find_spans("auf Stra\u00dfe\nfrei!", [phrase]).tolist() == [[4, 14]]


def test_characters_that_fold_to_two_keep_their_place():
    folded, origin = fold("\u00dfx\u0130y")
    assert folded == "ssxi\u0307y"
    assert origin.tolist() == [0, 0, 1, 2, 2, 3]
    assert find_spans("\u00df\u0130\u00df double check", SEED_PHRASES).tolist() == [[4, 15]]


def test_phrases_with_signs_are_taken_literally():
    assert find_spans("is a+b? yes", ["a+b?"]).tolist() == [[3, 6]]
    assert len(find_spans("is aab yes", ["a+b"])) == 0
