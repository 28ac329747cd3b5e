"""A result that is there already, or on its way from a worker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Sequence
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

    @staticmethod
    def all(waiting: Sequence[Pending[T]]) -> Pending[list[T]]:
        """Return the pending list of several results."""
        futures = [one._future for one in waiting if one._future is not None]
        if not futures:
            return Pending([one.result() for one in waiting])
        done: Future[None] = Future()
        left, lock = len(futures), threading.Lock()

        def count(_: Future[Any]) -> None:
            nonlocal left
            with lock:
                left -= 1
            if left == 0:
                done.set_result(None)

        for future in futures:
            future.add_done_callback(count)
        return Pending(future=done, read=lambda _: [one.result() for one in waiting])

    def result(self) -> T:
        """Return the result, waiting for it if need be; ask once."""
        return self._read(self._future and self._future.result())

    def __await__(self) -> Generator[Any, None, T]:
        brought = None
        if self._future is not None:
            brought = yield from asyncio.wrap_future(self._future).__await__()
        return self._read(brought)
