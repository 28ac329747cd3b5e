"""From token ids to planning tokens, exactly: search the text, map characters back to tokens.

Needs no torch until the answer is made, so that Ray tasks which only mark tokens start quickly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from .pieces import PieceTable
from .search import find_spans

if TYPE_CHECKING:
    from torch import Tensor

CHUNK_SLOTS = 1 << 15
"""Slots read at once: whole rows, and few enough for their text to stay in the cache."""

Finder = Callable[[str], np.ndarray]
"""Text -> first and last character of what is to be marked, int64 [n,2]."""

Marker = Callable[[np.ndarray, np.ndarray, PieceTable, Finder], np.ndarray]
"""``mark``, or one that spreads the rows over processes."""


def planning_mask(
    ids_BT: Tensor | np.ndarray,
    mask_BT: Tensor | np.ndarray,
    table: PieceTable,
    phrases: Sequence[str],
) -> Tensor:
    """Mark the tokens that spell a phrase.

    Marks the tokens from the one that completes the first character of the phrase to the one that
    completes its last. Text is read in runs of the mask: a phrase spans neither a gap in the mask
    (a turn boundary) nor a special token, and only tokens under the mask are marked.

    Args:
        ids_BT: token ids, [B,T]; ids outside the vocabulary count as special.
        mask_BT: true (or 1) on tokens that the model generated.
        table: the tokenizer's pieces.
        phrases: what to look for.

    Returns:
        bool [B,T], on the CPU.
    """
    import torch

    marked = mark(to_numpy(ids_BT), to_numpy(mask_BT), table, phrase_finder(phrases))
    return torch.from_numpy(marked)


def phrase_finder(phrases: Sequence[str]) -> Finder:
    """A finder of these phrases; picklable."""
    return partial(find_spans, phrases=tuple(phrases))


def mark(ids_BT: np.ndarray, mask_BT: np.ndarray, table: PieceTable, find: Finder) -> np.ndarray:
    """Which tokens spell what ``find`` finds; as ``planning_mask``, in numpy."""
    marked_BT = np.zeros(mask_BT.shape, dtype=bool)
    step = max(1, CHUNK_SLOTS // max(1, mask_BT.shape[1]))
    for row in range(0, len(mask_BT), step):
        rows = slice(row, row + step)
        marked_BT[rows] = _mark_rows(ids_BT[rows], mask_BT[rows].astype(bool), table, find)
    return marked_BT


def _mark_rows(
    ids_BT: np.ndarray, mask_BT: np.ndarray, table: PieceTable, find: Finder
) -> np.ndarray:
    # One more column, so that the last run of a row also has a place for its boundary.
    inside = np.pad(mask_BT, ((0, 0), (0, 1)))
    kept = inside.copy()
    kept[:, 1:] |= inside[:, :-1]  # each run, and one boundary after it

    ids = np.where(inside, np.pad(ids_BT, ((0, 0), (0, 1))), table.outside)[kept]
    ids = np.where((ids >= 0) & (ids < table.outside), ids, table.outside)
    marked = np.zeros_like(kept)
    marked[kept] = _mark_line(ids, table, find)
    marked_BT: np.ndarray = marked[:, :-1] & mask_BT
    return marked_BT


def _mark_line(ids: np.ndarray, table: PieceTable, find: Finder) -> np.ndarray:
    """Which of a line of tokens spell what ``find`` finds."""
    # An undecodable byte becomes one character of its own, so that lengths always add up.
    text = table.join(ids.tolist()).decode("utf-8", "surrogateescape")
    first, last = _last_byte(text, find(text)).T
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
    last: np.ndarray = np.cumsum(width, dtype=np.int64)[characters] - 1
    return last


def to_numpy(x: Tensor | np.ndarray) -> np.ndarray:
    """The numbers of a tensor on any device."""
    return x if isinstance(x, np.ndarray) else x.cpu().numpy()
