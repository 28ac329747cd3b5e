"""Additions whose environment fails at some tasks, or has no file where its episodes are played."""

from __future__ import annotations

import threading
from pathlib import Path

import gymnasium

from envs.procedural.addition import AdditionEnv


class FailingEnv(AdditionEnv):
    """Fails where episodes are played and nowhere else, as if the trainer's node were sound.

    Our agent loop calls an environment in threads that it names ``env-...``.

    Args:
        fails: tasks whose index modulo ``of`` is among these raise when they are judged.
        of: see ``fails``.
        file: is read at each reset.
        kwargs: arguments of ``AdditionEnv``.
    """

    def __init__(self, *, fails: tuple[int, ...] = (), of: int = 10, file: str = "", **kwargs):
        super().__init__(**kwargs)
        self._fails, self._of, self._file, self._index = tuple(fails), of, file, 0

    def reset(self, *, seed=None, options=None):
        if self._file and _played():
            Path(self._file).read_text()
        self._index = options["index"] if options else 0
        return super().reset(seed=seed, options=options)

    def _advance(self, verdict):
        if self._index % self._of in self._fails and _played():
            raise ConnectionError("the judge does not answer")
        return super()._advance(verdict)


def _played() -> bool:
    return threading.current_thread().name.startswith("env-")


gymnasium.register("demo/Failing-v0", entry_point=FailingEnv)
