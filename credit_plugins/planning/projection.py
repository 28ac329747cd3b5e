"""From token ids to planning tokens, exactly: search the text, map characters back to tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from .pieces import PieceTable
from .search import find_spans


def planning_mask(
    ids_BT: Tensor | np.ndarray,
    mask_BT: Tensor | np.ndarray,
    table: PieceTable,
    phrases: Sequence[str],
) -> Tensor:
    """Mark the tokens that spell a phrase.

    Marked are the tokens from the one that completes the first character of the phrase to the one
    that completes its last. Text is read run by run of the mask: a phrase never spans a gap in it
    (a turn boundary) nor a special token, and no masked token is ever marked.

    Args:
        ids_BT: token ids, [B,T]; ids outside the vocabulary count as special.
        mask_BT: true (or 1) on tokens that the model generated.
        table: the tokenizer's pieces.
        phrases: what to look for.

    Returns:
        bool [B,T], on the CPU.
    """
    ids_BT, mask_BT = _to_numpy(ids_BT), _to_numpy(mask_BT).astype(bool)
    # One more column, so that the last run of a row also has a place for the mark after it.
    inside = np.pad(mask_BT, ((0, 0), (0, 1)))
    kept = inside.copy()
    kept[:, 1:] |= inside[:, :-1]  # each run, and one boundary after it

    ids = np.where(inside, np.pad(ids_BT, ((0, 0), (0, 1))), table.outside)[kept]
    ids = np.where((ids >= 0) & (ids < table.outside), ids, table.outside)
    marked = np.zeros_like(kept)
    marked[kept] = _mark(ids, table, phrases)
    return torch.from_numpy(marked[:, :-1] & mask_BT)


def _mark(ids: np.ndarray, table: PieceTable, phrases: Sequence[str]) -> np.ndarray:
    """Which of a line of tokens spell a phrase."""
    # An undecodable byte becomes one character of its own, so that lengths always add up.
    text = table.join(ids.tolist()).decode("utf-8", "surrogateescape")
    first, last = _last_byte(text, find_spans(text, phrases)).T
    ends = np.cumsum(table.lengths[ids])
    change = np.zeros(len(ids) + 1, dtype=np.int64)
    np.add.at(change, np.searchsorted(ends, first, side="right"), 1)
    np.add.at(change, np.searchsorted(ends, last, side="right") + 1, -1)
    return np.cumsum(change[:-1]) > 0


def _last_byte(text: str, characters: np.ndarray) -> np.ndarray:
    """Byte offset of the last byte of each of some characters."""
    if text.isascii() or not len(characters):
        return characters
    code = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    width = 1 + (code >= 0x80).astype(np.int8) + (code >= 0x800) + (code >= 0x10000)
    width[(code >= 0xDC80) & (code <= 0xDCFF)] = 1  # an undecodable byte
    return np.cumsum(width, dtype=np.int64)[characters] - 1


def _to_numpy(x: Tensor | np.ndarray) -> np.ndarray:
    return x.cpu().numpy() if isinstance(x, Tensor) else np.asarray(x)
