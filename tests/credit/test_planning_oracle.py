"""Projection against an oracle: growing decoded prefixes, as the reference (5.5) describes it."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_plugins.planning.detectors.phrases import SEED_PHRASES

from .projecting import TABLES, encode, mark
from .tokenizers_for_tests import FAMILIES

PARTS = [
    *SEED_PHRASES,
    "Wait, let me",
    "that\u2019s not right",
    "double-check",
    "awaited",
    "checkers",
    "\u00e9",
    "\u2192",
    "\U0001f642",
    "\u00df",
    "\u0130",
    "12+7=19.",
    "-",
    ",",
    "\n",
    "so",
]


def oracle(tokenizer, ids):
    """Character interval of each token from decoded prefixes, against phrases found naively."""
    ends = [len(tokenizer.decode(ids[: i + 1]).rstrip("\ufffd")) for i in range(len(ids))]
    ends = np.maximum.accumulate([0, *ends])
    text = tokenizer.decode(ids)

    normal, origin = "", []
    for position, character in enumerate(text):
        character = {"\u2019": "'"}.get(character, character).casefold()
        character = " " if character in " ,-\n" else character
        if character == " " and normal.endswith(" "):
            continue
        normal, origin = normal + character, origin + [position] * len(character)

    marked = np.zeros(len(ids), dtype=bool)
    for phrase in SEED_PHRASES:
        for match in re.finditer(rf"(?<!\w)(?={re.escape(phrase)}(?!\w))", normal):
            start, end = origin[match.start()], origin[match.start() + len(phrase) - 1] + 1
            marked |= (ends[:-1] < end) & (ends[1:] > start)
    return marked


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(["byte_level", "sentencepiece"]),
    st.lists(
        st.tuples(st.sampled_from(PARTS), st.sampled_from(["", " ", ", ", "-"])),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_agrees_with_the_oracle(family, parts, upper):
    tokenizer, table = FAMILIES[family](), TABLES[family]
    text = "".join(word + gap for word, gap in parts)
    ids = encode(tokenizer, text.upper() if upper else text)
    np.testing.assert_array_equal(mark(table, ids).numpy(), oracle(tokenizer, ids))
