"""Run code of an environment beside the event loop, where it may block, raise or hang."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from .errors import EnvContractError, OverrunError

T = TypeVar("T")

USER_CODE_SECONDS = 60.0
"""How long an environment may take to make a task or to write feedback."""


async def in_own_thread(
    function: Callable[..., T], *args: Any, timeout: float = USER_CODE_SECONDS, **kwargs: Any
) -> T:
    """Return `function(*args, **kwargs)`, run in a thread of its own.

    Not asyncio's executor: its few threads are shared, and as many calls that hang would stall
    every other one. Python cannot end a thread: a call that overruns keeps its thread and what it
    holds until the process ends, and its result, if one comes, is dropped.

    Raises:
        OverrunError: no result after `timeout` seconds.
        EnvContractError: `function` raises what would end the process or its event loop, such as
            SystemExit, or what asyncio cannot carry, StopIteration.
        Exception: whatever else `function` raises.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # from here on nobody can cancel it under the thread

    def run() -> None:
        try:
            future.set_result(function(*args, **kwargs))
        except BaseException as error:
            future.set_exception(_carried(error))

    threading.Thread(target=run, daemon=True, name=f"env-{function.__name__}").start()
    try:
        return await asyncio.wait_for(asyncio.wrap_future(future), timeout)
    except asyncio.TimeoutError:
        if future.done():  # the code's own error of that name
            raise
        raise OverrunError(f"took longer than {timeout:g} s") from None


def _carried(error: BaseException) -> Exception:
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    carried = EnvContractError(f"raised {type(error).__name__}")
    carried.__cause__ = error
    return carried
