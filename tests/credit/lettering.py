"""A tokenizer of single characters, and what a detector marks with it."""

from __future__ import annotations

import torch

from credit_plugins.batch import IDS
from credit_plugins.planning.config import planning_of
from credit_plugins.planning.pieces import PieceTable

LETTERS = PieceTable((*(bytes([byte]) for byte in range(1, 128)), b"\x00"))


def letters(*texts):
    """One token per character, 0 where masked."""
    width = max(map(len, texts))
    ids_BT = torch.tensor([[ord(c) - 1 for c in text.ljust(width, "\x01")] for text in texts])
    mask_BT = torch.tensor([[i < len(text) for i in range(width)] for text in texts])
    return mask_BT, {IDS: ids_BT}, LETTERS


def detect(given, seen, **how):
    """What the section ``algorithm.credit.planning`` marks."""
    return planning_of(given).marks(*seen, **how)
