"""Read an answer into the form it is written in: the first reader that recognises it decides."""

from __future__ import annotations

import functools

from .forms import READERS
from .forms.expression import Expr
from .tokens import Tokens, tokenize
from .values import Value

_MAX_DEPTH = 8


@functools.lru_cache(maxsize=1024)
def read(text: str) -> Value:
    """Return the value of an answer, cached: one gold meets many answers."""
    return parse(tokenize(text))


def parse(tokens: Tokens, depth: int = 0) -> Value:
    """Return the value written by `tokens`; an expression where no other form recognises them."""
    inner = functools.partial(parse, depth=depth + 1)
    if depth <= _MAX_DEPTH:
        for reader in READERS:
            if (value := reader(tokens, inner)) is not None:
                return value
    return Expr(tokens)
