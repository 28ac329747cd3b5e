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
        value: Any = None,
        *,
        future: Future[Any] | None = None,
        read: Callable[[Any], T] | None = None,
    ) -> None:
        self._future = future
        self._read: Callable[[Any], T] = read or (lambda brought: value)

    def then(self, function: Callable[[T], U]) -> Pending[U]:
        """Return the pending `function(result)`; now, if the result is there."""
        if self._future is None:
            return Pending(function(self._read(None)))
        return Pending(future=self._future, read=lambda brought: function(self._read(brought)))

    def result(self) -> T:
        """Return the result, waiting for it if need be; ask once."""
        return self._read(self._future and self._future.result())

    def __await__(self) -> Generator[Any, None, T]:
        brought = None
        if self._future is not None:
            brought = yield from asyncio.wrap_future(self._future).__await__()
        return self._read(brought)
