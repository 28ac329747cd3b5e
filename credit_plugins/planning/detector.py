"""What a detector of planning tokens is: one function with its numbers, and one declaration.

A detector of text makes, from its numbers, a function from a text to what is to be marked in it:

    @text_detector()
    def questions(*, longest=integer(80, 1)):
        def find(text): ...   # first and last character of each place, int64 [n,2]
        return find

One of a signal marks tokens directly: ``f(signal_BT, mask_BT, *, ...) -> bool [B,T]``. The keys of
``algorithm.credit.planning`` follow from the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..declared import Declared
from ..options import Option, declared_by

Problems = Callable[[Mapping[str, Any]], list[str]]
"""Given keys -> sentences about them, each beginning with a key."""


@dataclass(eq=False)
class Detector(Declared[Any]):
    """A declared detector.

    Attributes:
        function: a finder of its numbers, or an answer of a signal, the mask and its numbers.
        options: its numbers, with defaults and ranges.
        reads: the signal that it reads; None for text, which is made of token ids.
        spreads: its search may run in other processes.
        check: what else can be wrong with its numbers.
    """

    function: Callable[..., Any]
    options: Mapping[str, Option]
    reads: str | None = None
    spreads: bool = False
    check: Problems = lambda _: []


def text_detector(
    *, spreads: bool = True, check: Problems = lambda _: []
) -> Callable[[Callable[..., Any]], Detector]:
    """Declare ``f(*, ...) -> finder``; a finder is a text -> int64 [n,2], first and last character.

    Args:
        spreads: the finder pickles and uses one core, so a large batch is searched on all of them.
        check: what else can be wrong with its numbers.
    """

    def declare(function: Callable[..., Any]) -> Detector:
        options = declared_by(function, "a text detector", ())
        return Detector(function, options, None, spreads, check)

    return declare


def signal_detector(
    *, reads: str, check: Problems = lambda _: []
) -> Callable[[Callable[..., Any]], Detector]:
    """Declare ``f(signal_BT, mask_BT, *, ...) -> bool [B,T]``, on the CPU.

    Args:
        reads: the signal's name.
        check: what else can be wrong with its numbers.
    """

    def declare(function: Callable[..., Any]) -> Detector:
        options = declared_by(function, "a signal detector", ("signal_BT", "mask_BT"))
        return Detector(function, options, reads, check=check)

    return declare
