"""Ends a run that cannot go on, with the cause and what resumes it, in verl's trainer process."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import RunStuckError
from .go_on import how_to_go_on
from .say import say

POLL_S = 2.0
PATIENCE_S = 10.0
"""How long a run that has a cause to end may take to fail by itself."""
INSIST_S = 30.0
"""How long it may take after that to obey a signal and to clean up."""
_DELAY_S = 3.0
Cause = Callable[[], str]
"""Why the run has to end, as one sentence without its full stop; "" while it may go on."""


class Watchdog:
    """Asks every few seconds whether there is a cause to end the run, and ends it then.

    First the run gets `PATIENCE_S` to fail by itself. Then a signal interrupts the main thread,
    where verl's trainers run: it also ends waits inside asyncio and locks, where
    ``_thread.interrupt_main`` does not. Ray and shells block or ignore SIGINT; SIGURG is harmless
    to a process without our handler. A main thread that does not answer, because it waits inside
    foreign code, and a clean-up without an end are ended with their process, `INSIST_S` later.

    Args:
        config: verl's.
        cause: asked in a thread beside the run.
    """

    def __init__(self, config: Any, cause: Cause) -> None:
        self._config, self._find = config, cause
        self._cause = ""
        self._over = threading.Event()
        self._answered = threading.Event()
        self._guarding = False
        self._previous: Any = signal.SIG_DFL

    def start(self) -> None:
        """Begin to watch; called in the main thread."""
        self._previous = signal.signal(signal.SIGURG, self._interrupt) or signal.SIG_DFL
        threading.Thread(target=self._run, daemon=True, name="watchdog").start()

    def stop(self) -> None:
        """Watch no longer."""
        self._over.set()
        signal.signal(signal.SIGURG, self._previous)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Raise the cause, where there is one, in the place of a later error of the block.

        Raises:
            RunStuckError: the message has the cause and what resumes the run.
        """
        self._guarding = True
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:
            self._answered.set()
            # The cause may need a moment longer than the error that follows from it.
            if cause := self._cause or _soon(self._find):
                raise RunStuckError(self._sentence(cause)) from error
            self.stop()
            raise
        finally:
            self._guarding = False

    def _run(self) -> None:
        while not self._over.wait(POLL_S) and not self._cause:
            self._cause = self._find()
        if not self._cause or self._over.wait(PATIENCE_S):
            return
        if not self._answered.is_set():
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGURG)
        if not self._over.wait(INSIST_S):
            say(self._sentence(self._cause))
            os._exit(1)

    def _interrupt(self, *_: Any) -> None:
        if self._over.is_set() or self._answered.is_set():
            return
        self._answered.set()
        if self._guarding:
            # No handler of verl or Ray on the way takes this for an error it can live with.
            raise KeyboardInterrupt
        raise RunStuckError(self._sentence(self._cause))

    def _sentence(self, cause: str) -> str:
        return f"{cause}. {how_to_go_on(self._config.trainer)}".rstrip()


def _soon(find: Cause) -> str:
    deadline = time.monotonic() + _DELAY_S
    while not (cause := find()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return cause
