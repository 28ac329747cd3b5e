"""The environment whose tasks are rows of a prepared file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .. import seeding
from ..base import ReasoningEnv, Task
from ..errors import EnvConfigError
from ..options import Asked
from .prepared import Prepared, open_prepared
from .source import Source, setting_names


class DatasetEnv(ReasoningEnv):
    r"""Ask the questions of a data set, each once in an epoch.

    A subclass names where its rows come from:

        class RiddlesEnv(DatasetEnv):
            source = Source(path="riddles.jsonl", question="riddle", answer="solution")

        gymnasium.register("demo/Riddles-v0", entry_point=RiddlesEnv)

    `verl-credit build demo:demo/Riddles-v0 -o riddles.parquet` prepares the file, and
    `file=riddles.parquet` is the environment's argument from then on.

    Task i of a stream of n rows is row

    \[ \pi(i \bmod n) \]

    of it, where the permutation \(\pi\) belongs to the seed: n tasks in a row are n different rows.
    Where the file lies does not change the tasks. A set without rows for training, such as AIME,
    has the stream "validation" alone, and that is then the default. `task_id` names the row.

    Args:
        file: the prepared file.
        solutions: whether tasks carry the worked solutions, which are most of a file.
        kwargs: arguments of `ReasoningEnv`.

    Raises:
        EnvConfigError: no file, one that was not prepared, or arguments that belong to the build.
    """

    source: ClassVar[Source] = Source()

    def __init__(self, file: str | Path = "", *, solutions: bool = False, **kwargs: Any) -> None:
        building = sorted(set(kwargs) & set(setting_names()))
        if building or not file:
            raise EnvConfigError(_how_to_build(type(self).__name__, building))
        super().__init__(**kwargs)
        self._file = file
        self._solutions = solutions
        self._opened: Prepared | None = open_prepared(file)
        self.streams = self._rows.streams
        levels = self._rows.levels
        self.levels = levels if len(levels) > 1 else ()

    def num_tasks(self, stream: str) -> int:
        """Return how many rows a stream has."""
        return len(_rows_of(self._rows, stream, None))

    def __getstate__(self) -> dict[str, Any]:
        """Leave the rows where they are: the copy opens them in its own process."""
        return {**self.__dict__, "_opened": None}

    @property
    def _rows(self) -> Prepared:
        if self._opened is None:
            self._opened = open_prepared(self._file)
        return self._opened

    def _draw(self, seed: int, asked: Asked) -> Task:
        """Return the task of a row; nothing is sampled."""
        rows, row = self._rows, self._row(seed, asked)
        return Task(
            question=rows.cell("question", row),
            answer=rows.cell("answer", row),
            difficulty=rows.cell("difficulty", row),
            solution=rows.cell("solution", row) if self._solutions else "",
            system=rows.cell("system", row),
        )

    def _name(self, seed: int, asked: Asked) -> str:
        return f"{asked.stream}/{self._rows.cell('id', self._row(seed, asked))}"

    def _row(self, seed: int, asked: Asked) -> int:
        rows = _rows_of(self._rows, asked.stream, asked.level)
        order = _order(self.env_id, seed, asked.stream, len(rows))
        return rows[int(order[asked.index % len(rows)])]


@lru_cache(maxsize=256)
def _rows_of(rows: Prepared, stream: str, level: float | str | None) -> Sequence[int]:
    return rows.rows_of(stream, level)


@lru_cache(maxsize=64)
def _order(env_id: str, seed: int, stream: str, size: int) -> np.ndarray:
    """Return the order in which a seed goes through `size` rows, made once per process."""
    return seeding.task_rng(seeding.identity(env_id, {}), seed, stream, size).permutation(size)


def _how_to_build(name: str, building: list[str]) -> str:
    why = (
        f"{', '.join(building)}: these say how to build its file, not how to read it."
        if building
        else "it reads a prepared file."
    )
    return (
        f"{name} needs file=FILE.parquet; {why} Make it once with "
        "`verl-credit build ENV_ID -o FILE.parquet [key=value ...]`."
    )
