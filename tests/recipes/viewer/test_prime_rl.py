"""prime-rl's token exports, as far as their fields go."""

from __future__ import annotations

import json

import numpy as np
import pytest

from credit_plugins.dump import Dump
from recipes.errors import RunError
from recipes.viewer import layers_of, open_dumps
from tests.credit.tokenizers_for_tests import byte_level


def line(prompt: str, answer: str, reward: float | None, step: int = 3, **more) -> str:
    """A sequence as prime-rl exports it: a list with one entry per token of prompt and answer."""
    asked, said = byte_level().encode(prompt), byte_level().encode(answer)
    nothing, length = [None] * len(asked), len(said)
    row = {
        "schema_version": 1,
        "step": step + 1,
        "export_step": step,
        "rank": 0,
        "env_name": "gsm8k",
        "token_ids": asked + said,
        "position_ids": list(range(len(asked) + length)),
        "loss_mask": [False] * len(asked) + [True] * length,
        "advantages": nothing + [0.5 + i / 8 for i in range(length)],
        "rewards": None if reward is None else nothing + [reward] * length,
        "inference_logprobs": nothing + [-0.25] * length,
        "trainer_logprobs": nothing + [-0.5] * (length - 1) + [None],
        "entropy": nothing + [0.75] * length,
    }
    return json.dumps(row | more) + "\n"


@pytest.fixture
def exports(tmp_path):
    folder = tmp_path / "token_exports" / "step_3"
    folder.mkdir(parents=True)
    (folder / "rank_0.jsonl").write_text(line("1+1?", "2", 1.0) + line("2+2?", "5!", 0.0))
    (folder / "rank_1.jsonl").write_text(line("1+1?", "it is 3", 0.0))
    (folder / "STABLE").touch()
    later = tmp_path / "token_exports" / "step_12"
    later.mkdir()
    (later / "rank_0.jsonl").write_text(line("1+1?", "2", None, step=12))
    return tmp_path


@pytest.mark.parametrize("part", ["", "token_exports"])
def test_sequences_of_all_ranks_with_one_prompt_are_a_group(exports, part):
    dumps = open_dumps(exports / part)
    assert dumps.steps == [3, 12]
    dump = dumps.load(3)
    assert isinstance(dump, Dump)
    rewards = {name: [r.reward for r in group] for name, group in dump.groups.items()}
    assert rewards == {"g0": [1.0, 0.0], "g1": [0.0]}
    assert [r.rollout for r in dump.groups["g0"]] == [0, 1]


def test_numbers_are_those_of_the_answer(exports):
    first = open_dumps(exports).load(3).groups["g0"][1]
    length = len(byte_level().encode("it is 3"))
    assert first.id == byte_level().encode("it is 3")
    assert first.prompt_ids == byte_level().encode("1+1?")
    np.testing.assert_allclose(first.advantage, [0.5 + i / 8 for i in range(length)])
    np.testing.assert_allclose(first.surprisal, [0.5] * (length - 1) + [np.nan])
    np.testing.assert_allclose(first.entropy, [0.75] * length)
    assert (first.source, first.step, first.verdict) == ("gsm8k", 3, "")
    assert first.mask.all()
    keys = [layer.key for layer in layers_of(first)]
    assert keys == ["advantage", "entropy", "surprisal", "prime_rl"]


def test_without_a_tokenizer_ids_are_shown_and_with_one_text(exports, tmp_path):
    ids = open_dumps(exports).load(3).rollouts[0]
    assert ids.text == [f"{i} " for i in ids.id]
    byte_level().save_pretrained(tmp_path / "tokenizer")
    read = open_dumps(exports, tmp_path / "tokenizer").load(3).rollouts[1]
    assert (read.response, read.prompt) == ("it is 3", "1+1?")


def test_a_reward_that_is_not_there_is_not_known(exports):
    assert np.isnan(open_dumps(exports).load(12).rollouts[0].reward)


def test_a_file_is_enough_and_needs_no_more_than_ids_and_mask(tmp_path):
    row = {"step": 2, "token_ids": [5, 6, 7, 8], "loss_mask": [False, True, False, True]}
    (tmp_path / "x.jsonl").write_text(json.dumps(row) + "\n")
    (one,) = open_dumps(tmp_path / "x.jsonl").load(2).rollouts
    assert (one.prompt_ids, one.id, one.mask.tolist()) == ([5], [6, 7, 8], [True, False, True])
    assert (one.entropy, one.surprisal, dict(one.layers)) == (None, None, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "line 1: not a sequence with token_ids and loss_mask"),
        ("[1]", "line 1: not a sequence"),
        ('{"token_ids": [1], "loss_ma', "line 1: not a sequence"),
        ('{"token_ids": [1, 2], "loss_mask": [true]}', "has 2 entries and loss_mask 1"),
        ('{"token_ids": [1], "loss_mask": [false]}', "0 of them true"),
        ("\n", "holds no sequences"),
    ],
)
def test_a_line_of_another_kind_is_refused_in_a_sentence(tmp_path, text, said):
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(RunError, match=said):
        open_dumps(tmp_path / "x.jsonl")


def test_a_folder_without_a_tokenizer_is_refused(exports, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunError, match="holds no tokenizer"):
        open_dumps(exports, tmp_path / "empty")
