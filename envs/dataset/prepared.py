"""The prepared Parquet file: written once, then memory-mapped and shared by a whole process.

Columns: id, stream, question, answer, difficulty (numbers, or names), solution, and system where a
row has a system prompt. The key `verl_credit` of the schema's metadata holds JSON: where the rows
come from and what was refused.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import seeding
from ..errors import EnvConfigError
from .row import Row

if TYPE_CHECKING:
    import pyarrow

_KEY = b"verl_credit"
_COLUMNS = ("id", "stream", "question", "answer", "difficulty", "solution")
_SYSTEM = "system"  # most sets have none, and then no such column
_ROW_GROUP = 8192


def write(path: Path, rows: Sequence[Row], about: dict[str, Any]) -> None:
    """Write `rows` to `path`: complete or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: [getattr(row, name) for row in rows] for name in _COLUMNS}
    if any(row.system for row in rows):
        columns[_SYSTEM] = [row.system for row in rows]
    if any(isinstance(level, str) for level in columns["difficulty"]):
        columns["difficulty"] = [_name(level) for level in columns["difficulty"]]
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(about)})
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        pq.write_table(table, part, compression="zstd", row_group_size=_ROW_GROUP)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class Prepared:
    """The rows of one file; columns are read when they are first needed.

    Attributes:
        about: what the file says about itself.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.about, self._names = _about(path)
        self._lock = threading.Lock()
        self._loaded: dict[str, pyarrow.Array] = {}

    def rows_of(self, stream: str, level: float | str | None = None) -> Sequence[int]:
        """Return the numbers of the rows of a stream, or of one level of it."""
        chosen = [number for number, of in enumerate(self._values("stream")) if of == stream]
        if level is not None:
            levels = self._values("difficulty")
            chosen = [number for number in chosen if levels[number] == level]
        return chosen

    @cached_property
    def streams(self) -> tuple[str, ...]:
        """The streams that have rows."""
        present = set(self._values("stream"))
        return tuple(stream for stream in seeding.STREAMS if stream in present)

    @cached_property
    def levels(self) -> tuple[float | str, ...]:
        """The distinct difficulties, sorted."""
        return tuple(sorted(set(self._values("difficulty"))))

    def cell(self, column: str, number: int) -> Any:
        """Return one value; "" of a column that only some files have."""
        return self._column(column)[number].as_py() if column in self._names else ""

    def rows(self) -> Iterator[Row]:
        """Yield every row, with everything."""
        columns = [self._values(name) for name in self._names]
        for values in zip(*columns, strict=True):
            yield Row(**dict(zip(self._names, values, strict=True)))

    def _values(self, column: str) -> list[Any]:
        # Arrow's own comparisons and to_numpy would import pandas, which takes a second.
        return list(self._column(column).to_pylist())

    def _column(self, name: str) -> pyarrow.Array:
        with self._lock:
            if name not in self._loaded:
                # Solutions are most of a file, and training never asks for them.
                rest = [column for column in self._names if column != "solution"]
                self._read([name] if name == "solution" else rest)
            return self._loaded[name]

    def _read(self, columns: list[str]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        # ParquetFile: read_table would import pandas. One thread and the release keep 27 MB for
        # 50,000 rows where the defaults keep 83, in every worker.
        with pq.ParquetFile(self._path, memory_map=True) as file:
            table = file.read(columns=columns, use_threads=False)
        for column in columns:
            self._loaded[column] = pa.concat_arrays(table[column].chunks)
        del table
        pa.default_memory_pool().release_unused()


_open: dict[tuple[str, int, int], Prepared] = {}
_opening = threading.Lock()


def open_prepared(file: str | Path) -> Prepared:
    """Return the rows of `file`, the same object for everybody in this process.

    Raises:
        EnvConfigError: no path, there is no such file, or `verl-credit build` did not make it.
    """
    if not isinstance(file, str | Path) or not str(file):
        raise EnvConfigError(f"file must be the path of a prepared file; got {file!r}.")
    path = Path(file)
    if path.is_dir():
        raise EnvConfigError(f"file={path} is a folder; give the Parquet file in it.")
    if not path.is_file():
        raise EnvConfigError(
            f"There is no file {path.absolute()}; `verl-credit build` makes it. "
            "(Workers may run in another folder: an absolute path always works.)"
        )
    stat = path.stat()
    key = (str(path.resolve()), stat.st_mtime_ns, stat.st_size)
    with _opening:
        if key not in _open:
            _open[key] = Prepared(path)
        return _open[key]


def _about(path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what the file says of itself, and its columns that are a row's."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    metadata: dict[bytes, bytes] = {}
    names: list[str] = []
    try:
        schema = pq.read_schema(path, memory_map=True)
        metadata, names = schema.metadata or {}, schema.names
    except pa.ArrowException:
        pass
    if _KEY not in metadata:
        raise EnvConfigError(
            f"{path} was not made by `verl-credit build`, so its golds are not verified; prepare "
            f"it: verl-credit build reasoning/Rows-v0 -o prepared.parquet path={path}"
        )
    known = tuple(name for name in (*_COLUMNS, _SYSTEM) if name in names)
    return dict(json.loads(metadata[_KEY])), known


def _name(level: float | str) -> str:
    return level if isinstance(level, str) else f"{level:g}"
