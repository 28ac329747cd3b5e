"""A rollout's tokens as lines that fit a width."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from credit_plugins.dump import Rollout

from .showing import shown

Piece = tuple[int, str]
"""The position of a token, and its text or a part of it."""


def lines(rollout: Rollout, most: int, width: int) -> Iterator[list[Piece]]:
    """The first ``most`` tokens as lines of at most ``width`` cells.

    Broken where the text is, else before a token that begins with a space, else anywhere.
    """
    line: list[Piece] = []
    used = 0
    for position, text in enumerate(rollout.text[:most]):
        for part in shown(text).splitlines(keepends=True):
            for piece in _fitting(part.rstrip("\n"), width):
                if used + cell_len(piece) > width:
                    at = 0 if piece.startswith(" ") else _break_of(line)
                    full, line = (line[:at], line[at:]) if at else (line, [])
                    yield full
                    used = sum(cell_len(text) for _, text in line)
                line.append((position, piece))
                used += cell_len(piece)
            if part.endswith("\n"):
                yield line
                line, used = [], 0
    if line:
        yield line


def _break_of(line: list[Piece]) -> int:
    """The last piece that begins with a space, of those in the last third; 0 if none does."""
    found = [at for at, (_, text) in enumerate(line) if text.startswith(" ")]
    return found[-1] if found and found[-1] > 2 * len(line) // 3 else 0


def _fitting(text: str, width: int) -> Iterator[str]:
    """A text in pieces of at most ``width`` cells."""
    while cell_len(text) > width:
        cut = width
        while cell_len(text[:cut]) > width:
            cut -= 1
        yield text[:cut]
        text = text[cut:]
    if text:
        yield text
