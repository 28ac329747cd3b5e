"""The blocks of the page, unpacked as the browser does."""

from __future__ import annotations

import base64
import json
import zlib

import numpy as np
import pytest

from recipes.viewer import open_dumps
from recipes.viewer.pairing import pair
from recipes.viewer.payload import block, comparison, rounded
from recipes.viewer.showing import EMPTY, alone, number, shown, signed


def unpacked(text: str):
    data = zlib.decompress(base64.b64decode(text))
    length = int.from_bytes(data[:4], "little")
    head, rest = json.loads(data[4 : 4 + length]), data[4 + length :]
    tokens = len(head["text"])
    assert (4 + length) % 4 == 0
    assert len(rest) == tokens * (4 + 4 * len(head["columns"]) + 1)
    numbers = np.frombuffer(rest, np.float32, tokens * (1 + len(head["columns"])))
    names = ["id", *head["columns"]]
    columns = dict(zip(names, np.split(numbers, len(names)), strict=True))
    return head, columns, np.frombuffer(rest[-tokens:], np.uint8)


@pytest.mark.parametrize("name", ["a", "turns"])
def test_a_block_holds_every_number_of_a_step(runs, name):
    dump = open_dumps(runs / name).load()
    head, columns, flags = unpacked(block(dump))
    start = 0
    for group in head["groups"]:
        for facts, rollout in zip(group["rollouts"], dump.groups[group["name"]], strict=True):
            part = slice(start, start + facts["tokens"])
            assert columns["id"][part].view(np.int32).tolist() == rollout.id
            np.testing.assert_allclose(columns["entropy"][part], rollout.entropy, rtol=5e-5)
            for column, values in rollout.layers.items():
                np.testing.assert_allclose(columns[column][part], values, rtol=5e-5)
            np.testing.assert_array_equal(flags[part] & 1, rollout.mask)
            np.testing.assert_array_equal(flags[part] >> 1, rollout.planning)
            assert (facts["reward"], facts["turns"]) == (
                rollout.reward,
                [*map(list, rollout.turns)],
            )
            start += facts["tokens"]
    assert start == len(head["text"])


def test_floats_keep_four_digits():
    values = np.random.default_rng(0).normal(size=10_000).astype(np.float32)
    short = rounded(values)
    np.testing.assert_allclose(short, values, rtol=2**-15)
    assert not (short.view(np.uint32) & 0x1FF).any()
    odd = rounded(np.array([np.nan, np.inf, 0.0, -1.0], np.float32))
    assert np.isnan(odd).tolist() == [True, True, False, False]
    assert odd[2:].tolist() == [0.0, -1.0]


def test_a_comparison_knows_which_rollouts_have_the_same_tokens(runs):
    a, b, c = (open_dumps(runs / name).load(5) for name in "abc")
    same = comparison(a, c, pair(a, c))["pairs"][1]
    assert same["same"] == [0, 1, 2, 3]
    assert same["scales"]["weight"][2] == 0.0
    assert same["scales"]["entropy"][:2] == [0, 0]
    other = comparison(a, b, pair(a, b))["pairs"][1]
    assert (other["same"], other["scales"]) == ([], {})


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (" wait", " wait"),
        ("é€", "é€"),
        ("a\nb", "a↵\nb"),
        ("\t", "⇥"),
        ("\x1b[31m", "\\u001b[31m"),
        ("\u202e\u200b\r", "\\u202e\\u200b\\u000d"),
        ("", EMPTY),
        ("</script>", "</script>"),
    ],
)
def test_text_cannot_act_on_what_shows_it(text, seen):
    assert shown(text) == seen


def test_a_token_that_stands_alone_is_not_blank():
    assert [alone(text) for text in (" a", "  ", "\n", "a\n")] == [" a", "␣␣", "↵", "a↵"]


def test_numbers_are_short_and_unknown_ones_are_no_numbers():
    found = [number(x) for x in (0.0, 1.0, -0.123456, 12345.6, 3e-9, 2e8, float("nan"), None)]
    assert found == ["0", "1", "-0.1235", "12346", "3e-09", "2e+08", "?", "?"]
    assert [signed(x) for x in (0.5, -0.5, 0.0, None)] == ["+0.5", "-0.5", "0", "?"]
