"""The table from token ids to bytes, for each family of tokenizers."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models
from transformers import PreTrainedTokenizerFast

from credit_plugins.errors import CreditError
from credit_plugins.planning import PieceTable

from .projecting import TABLES, encode
from .tokenizers_for_tests import FAMILIES, sentencepiece


@pytest.mark.parametrize("family", list(FAMILIES))
def test_pieces_join_to_what_the_tokenizer_decodes(family):
    tokenizer, table = FAMILIES[family](), TABLES[family]
    text = (
        "let me think 12+7=19. the key"
        if family == "word_level"
        else "Wait, that\u2019s \u00e9\u2192\U0001f642\n12+7=19. the"
    )
    ids = encode(tokenizer, text)
    assert table.join(ids).decode().lstrip() == tokenizer.decode(ids).lstrip()


def test_a_table_survives_pickle():
    table = TABLES["byte_level"]
    copy = pickle.loads(pickle.dumps(table))
    assert copy == table
    np.testing.assert_array_equal(copy.lengths, table.lengths)


def test_byte_fallback_pieces_are_single_bytes():
    table, tokenizer = TABLES["sentencepiece"], sentencepiece()
    assert table.pieces[tokenizer.convert_tokens_to_ids("<0xE2>")] == b"\xe2"
    assert table.pieces[tokenizer.convert_tokens_to_ids("\u2581key")] == b" key"


def test_a_slow_tokenizer_is_refused():
    class SlowTokenizer:
        pass

    with pytest.raises(CreditError, match="fast tokenizer; SlowTokenizer is not one"):
        PieceTable.from_tokenizer(SlowTokenizer())


def test_an_unknown_decoder_is_refused():
    backend = Tokenizer(models.WordLevel({"a": 0}, unk_token="a"))
    backend.decoder = decoders.WordPiece()
    with pytest.raises(CreditError, match=r"decoder \['WordPiece'\]"):
        PieceTable.from_tokenizer(PreTrainedTokenizerFast(tokenizer_object=backend))
