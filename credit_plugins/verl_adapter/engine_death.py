"""Tells the trainer why the engine died, and the user how the run goes on.

The server that loses its engine and the trainer that fails because of it are different processes,
perhaps on different nodes. The cause travels through the key-value store of the Ray cluster.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import EngineDiedError

_TRACKER = "latest_checkpointed_iteration.txt"
_LAUNCHER_MARK = "VERL_CREDIT_RUN"  # in the environment of runs that `verl-credit train` started
POLL_S = 2.0
PATIENCE_S = 10.0
"""How long a run whose engine has died may take to fail by itself."""
_DELAY_S = 3.0


def report(cause: str) -> None:
    """Leave the cause where the trainer of this Ray job finds it."""
    from ray.experimental.internal_kv import _internal_kv_put

    _internal_kv_put(_key(), cause.encode())


def _reported() -> str:
    """The cause that a server of this Ray job left; "" if there is none."""
    from ray.experimental.internal_kv import _internal_kv_get

    cause = _internal_kv_get(_key())
    return cause.decode() if cause else ""


@contextmanager
def explained(config: Any, find: Callable[[], str] = _reported) -> Iterator[None]:
    """Raise `EngineDiedError` with the cause if the engine dies within the block.

    Otherwise the user would see a later error, or nothing: a worker may wait for ever for a dead
    engine. The block is interrupted `PATIENCE_S` after the report if it has not failed by then.
    Works in the main thread, where verl's trainers run.

    Raises:
        EngineDiedError: an engine process died; the message has the cause and what resumes.
    """
    interrupter = _Interrupter(find)
    interrupter.start()
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        interrupter.stop()
        cause = interrupter.cause or _soon(find)
        if not cause:
            raise
        raise EngineDiedError(f"{cause}. {how_to_go_on(config.trainer)}") from error
    finally:
        interrupter.stop()


class _Interrupter:
    """Interrupts the main thread some time after a cause has been reported.

    A signal ends waits inside asyncio and locks too, where ``_thread.interrupt_main`` does not.
    Ray and shells block or ignore SIGINT; SIGURG is harmless to a process without our handler.
    """

    def __init__(self, find: Callable[[], str]) -> None:
        self.cause = ""
        self._find = find
        self._over = threading.Event()
        self._previous: Any = signal.SIG_DFL

    def start(self) -> None:
        self._previous = signal.signal(signal.SIGURG, self._interrupt) or signal.SIG_DFL
        threading.Thread(target=self._run, daemon=True, name="engine-death").start()

    def stop(self) -> None:
        self._over.set()
        signal.signal(signal.SIGURG, self._previous)

    def _run(self) -> None:
        while not self._over.wait(POLL_S) and not self.cause:
            self.cause = self._find()
        if self.cause and not self._over.wait(PATIENCE_S):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGURG)

    def _interrupt(self, *_: Any) -> None:
        if not self._over.is_set():
            raise KeyboardInterrupt


def _soon(find: Callable[[], str]) -> str:
    """The cause, for which the server may need a moment longer than the error that follows."""
    deadline = time.monotonic() + _DELAY_S
    while not (cause := find()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return cause


def how_to_go_on(trainer: Any) -> str:
    """What the user runs next, from the ``trainer`` section of a verl config."""
    step = _last_checkpoint(Path(trainer.default_local_dir))
    if not step:
        told = "No checkpoint has been written yet; the same command starts from the beginning"
    elif trainer.resume_mode == "disable":
        told = f"The same command with trainer.resume_mode=auto resumes from global_step_{step}"
    else:
        told = f"The same command resumes from global_step_{step}"
    typed = "" if _LAUNCHER_MARK in os.environ else _driver_command()
    return f"{told}: {typed}" if typed else f"{told}."


def _last_checkpoint(folder: Path) -> int:
    try:
        return int((folder / _TRACKER).read_text())
    except (OSError, ValueError):
        return 0


def _driver_command() -> str:
    """The command line of the process that started this Ray job, "" where Ray does not tell."""
    from ray._private.worker import global_worker

    try:
        jobs = global_worker.gcs_client.get_all_job_info()
        job = next(job for id_, job in jobs.items() if id_.hex() == _job())
    except Exception:  # private to Ray; the sentence does without it
        return ""
    return str(job.entrypoint)


def _job() -> str:
    import ray

    return str(ray.get_runtime_context().get_job_id())


def _key() -> str:
    return f"verl_credit/engine_death/{_job()}"
