"""Helpers of the planning tests: tables of every family, and marks of one line of tokens."""

from __future__ import annotations

import numpy as np

from credit_plugins.planning import PieceTable, planning_mask
from credit_plugins.planning.detectors.phrases import SEED_PHRASES

from .tokenizers_for_tests import FAMILIES

TABLES = {name: PieceTable.from_tokenizer(make()) for name, make in FAMILIES.items()}


def encode(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def mark(table, ids, mask=None, phrases=SEED_PHRASES):
    mask = [True] * len(ids) if mask is None else mask
    return planning_mask(np.array([ids], dtype=int), np.array([mask]), table, phrases)[0]


def runs(table, ids, marked):
    """The text of each run of marked tokens."""
    found, current = [], []
    for i, hit in zip([*ids, 0], [*marked.tolist(), False], strict=True):
        if hit:
            current.append(i)
        elif current:
            found.append(table.join(current).decode())
            current = []
    return found
