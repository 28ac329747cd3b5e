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

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ..options import Option, declared_by, summary_of

Problems = Callable[[Mapping[str, Any]], list[str]]
"""Given keys -> sentences about them, each beginning with a key."""


@dataclass(eq=False)
class Detector:
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

    def __post_init__(self) -> None:
        """Carry the function's name, module and docstring."""
        functools.update_wrapper(self, self.function)

    def __call__(self, *inputs: Any, **numbers: Any) -> Any:
        """The function at these numbers; those that are not given take their defaults."""
        defaults = {name: option.default for name, option in self.options.items()}
        return self.function(*inputs, **{**defaults, **numbers})

    @property
    def name(self) -> str:
        """The name of the function."""
        return str(self.function.__name__)

    @property
    def module(self) -> str:
        """The module that defines it."""
        return str(self.function.__module__)

    @property
    def summary(self) -> str:
        """First line of the docstring, without its full stop."""
        return summary_of(self.function)

    def __reduce__(self) -> tuple[Any, ...]:
        """By reference, as functions are."""
        return _load, (self.module, self.name)


def _load(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


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
