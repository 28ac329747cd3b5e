"""Brackets in a list of tokens: what they enclose, and where to cut outside of them."""

from __future__ import annotations

from collections.abc import Collection

from .tokens import Tokens
from .values import Inner, Value

OPENING = {"(", "[", "{", r"\{"}
_CLOSING = {")", "]", "}", r"\}"}


def grouped(tokens: Tokens, inner: Inner) -> Value | None:
    """Return the value inside a pair of braces that only groups for TeX."""
    found = enclosed(tokens) if tokens[:1] == ("{",) else None
    return inner(found[1]) if found and found[1] else None


def enclosed(tokens: Tokens) -> tuple[str, Tokens] | None:
    """Return the brackets around all of `tokens`, such as `[)`, and what they enclose."""
    if not tokens or tokens[0] not in OPENING or matching(tokens) != len(tokens) - 1:
        return None
    return tokens[0] + tokens[-1], tokens[1:-1]


def split(tokens: Tokens, separators: Collection[str]) -> list[Tokens]:
    """Cut at the separators that stand outside every bracket; `[0,1)` is a bracket too."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += _step(token)
        if depth == 0 and token in separators:
            parts.append([])
        else:
            parts[-1].append(token)
    return [tuple(part) for part in parts] if depth == 0 else [tokens]


def matching(tokens: Tokens) -> int:
    """Return where the bracket that opens `tokens` closes, or -1."""
    depth = 0
    for i, token in enumerate(tokens):
        depth += _step(token)
        if depth <= 0:
            return i
    return -1


def _step(token: str) -> int:
    opens = token in OPENING or token.startswith(r"\begin")
    return opens - (token in _CLOSING or token.startswith(r"\end"))
