"""Files of dumps: whole or not there, read back as they were written, refused in a sentence."""

from __future__ import annotations

import copy
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tokenizers import AddedToken

from credit_plugins.dump import FORMAT, Rollout, load, token_texts, write
from credit_plugins.errors import CreditError
from credit_plugins.planning import PieceTable

from .tokenizers_for_tests import byte_level, word_level

RAN = [
    {"name": "maxrl", "kind": "episode", "numbers": {}},
    {"name": "gtpo", "kind": "token", "numbers": {"beta": 0.3}},
]
ROW = {
    "step": 7,
    "group": "g",
    "rollout": 0,
    "reward": 1.0,
    "turns": [{"start": 0, "end": 1}],
    "text": ["a", "b"],
    "id": [1, 2],
    "mask": [True, False],
    "advantage:maxrl": [1.0, 0.0],
    "advantage:gtpo": [1.5, 0.0],
}


def test_a_file_says_which_chain_wrote_it(tmp_path) -> None:
    file = write(tmp_path / "not" / "there", [ROW], "maxrl_gtpo", RAN)
    assert file.name == "step_000007.parquet"
    dump = load(file)
    assert (dump.step, dump.chain) == (7, "maxrl_gtpo")
    assert [vars(one) for one in dump.operators] == RAN
    assert dump.rollouts[0].turns == [(0, 1)]


def test_a_crash_while_writing_leaves_the_old_file_and_no_part(tmp_path, monkeypatch) -> None:
    file = write(tmp_path, [ROW], "old", RAN)

    def fail(table, where, **_):
        where.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(pq, "write_table", fail)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, [ROW], "new", RAN)
    assert list(tmp_path.iterdir()) == [file]
    assert load(file).chain == "old"


def test_a_later_format_is_refused(tmp_path) -> None:
    file = write(tmp_path, [ROW], "maxrl_gtpo", RAN)
    table = pq.read_table(file)
    facts = json.loads(table.schema.metadata[b"verl_credit"])
    assert facts["format"] == FORMAT == 1
    later = {"verl_credit": json.dumps(facts | {"format": 2})}
    pq.write_table(table.replace_schema_metadata(later), file)
    with pytest.raises(CreditError, match="has format 2, and this version reads up to 1"):
        load(file)


@pytest.mark.parametrize("metadata", [{}, {"verl_credit": "no JSON"}, None, "no file"])
def test_a_file_of_another_kind_is_refused_in_a_sentence(tmp_path, metadata) -> None:
    file = tmp_path / "x.parquet"
    if metadata is None:
        file.write_text("no Parquet")
    elif metadata != "no file":
        table = pa.table({"step": [1]}).replace_schema_metadata(metadata)
        pq.write_table(table, file)
    with pytest.raises(CreditError, match=r"x\.parquet is no dump of verl-credit"):
        load(file)


def test_base_and_final_advantage_are_never_a_signal() -> None:
    """A chain may begin and end with a signal operator."""
    names = ("signal:sepa", "advantage:rloo", "advantage:gtpo", "signal:calm")
    layers = {name: np.full(2, i, np.float32) for i, name in enumerate(names)}
    mask = np.array([True, True])
    one = Rollout(1, "g", 0, "", 1.0, ["a", "b"], mask, layers=layers)
    assert (one.base.tolist(), one.advantage.tolist()) == ([1.0, 1.0], [2.0, 2.0])


def table_of(tokenizer) -> PieceTable:
    return PieceTable.from_tokenizer(tokenizer)


def test_a_character_belongs_to_its_last_token_and_half_a_one_is_shown() -> None:
    tokenizer = byte_level()
    first, second = tokenizer.encode("é")
    end = tokenizer.eos_token_id
    cases = {
        (first, second): ["", "é"],
        (first, end, second): ["", "\ufffd<|im_end|>", "\ufffd"],
        (second, first): ["\ufffd", "\ufffd"],  # the response was cut here
        (): [],
    }
    for ids, texts in cases.items():
        assert token_texts(ids, tokenizer, table_of(tokenizer)) == texts
        assert "".join(texts) == tokenizer.decode(ids)


def test_an_id_without_a_token_is_shown_as_a_number() -> None:
    tokenizer = byte_level()
    beyond = [len(tokenizer), len(tokenizer) + 1, 10**6]
    texts = token_texts(beyond, tokenizer, table_of(tokenizer))
    assert texts == [f"<{i}>" for i in beyond]


def test_special_tokens_are_shown_by_their_names() -> None:
    """Those too that the vocabulary calls special and the tokenizer has no use for."""
    tokenizer = copy.deepcopy(word_level())
    tokenizer.add_tokens([AddedToken("<tool>", special=True)])
    tool = len(tokenizer) - 1
    assert tool not in tokenizer.all_special_ids
    ids = [tokenizer.bos_token_id, *tokenizer.encode("Let me"), tool, tokenizer.unk_token_id]
    texts = token_texts(ids, tokenizer, table_of(tokenizer))
    assert texts == ["<bos>", "Let", " me", "<tool>", "<unk>"]


def test_tokens_of_an_unknown_family_are_decoded_one_by_one() -> None:
    tokenizer = word_level()
    ids = tokenizer.encode("Let me think")
    assert token_texts(ids, tokenizer, None) == ["Let", " me", " think"]
