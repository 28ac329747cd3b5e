"""A result that is there already, or on its way from a worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class Pending(Generic[T]):
    """Ask for it with `result()`, which blocks, or `await` it, which does not.

    Args:
        value: the result itself, if nothing has to be waited for.
        future: what has to be waited for.
        read: turns what the future brings into the result.
    """

    def __init__(
        self,
        value: T | None = None,
        *,
        future: Future[Any] | None = None,
        read: Callable[[Any], T] | None = None,
    ) -> None:
        self._value = value
        self._future = future
        self._read = read

    def then(self, function: Callable[[T], U]) -> Pending[U]:
        """Return the pending `function(result)`; now, if the result is there."""
        if self._future is None:
            return Pending(function(self._value))
        read = self._read
        return Pending(future=self._future, read=lambda brought: function(read(brought)))

    def result(self) -> T:
        """Return the result, waiting for it if need be; ask once."""
        return self._value if self._future is None else self._read(self._future.result())

    def __await__(self) -> Generator[Any, None, T]:
        if self._future is None:
            return self._value
        return self._read((yield from asyncio.wrap_future(self._future).__await__()))
