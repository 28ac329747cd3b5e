"""Local files of rows: JSONL, JSON and Parquet.

Read without `datasets`, whose JSON reader gives up on a column that holds a text in one row and a
number or a list in the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import EnvConfigError

Raw = dict[str, Any]
_FORMATS = {".jsonl": "json", ".ndjson": "json", ".json": "json", ".parquet": "parquet"}


@dataclass(frozen=True)
class Table:
    """Rows of a file, as `datasets.Dataset` offers them.

    Attributes:
        raws: a dict for each row.
    """

    raws: list[Raw]

    @property
    def column_names(self) -> list[str]:
        """Every name that some row has."""
        return list(dict.fromkeys(name for raw in self.raws for name in raw))

    def __iter__(self) -> Iterator[Raw]:
        """Yield the rows in order."""
        return iter(self.raws)


def read_table(path: Path) -> Table:
    """Read a file of rows.

    Raises:
        EnvConfigError: there is no such file, or it cannot be read.
    """
    file_format = _format_of(path)
    try:
        raws = _parquet(path) if file_format == "parquet" else _json(path)
    except ValueError as error:  # so are those of JSON, of its encoding and of Arrow
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise EnvConfigError(f"{path} cannot be read as {file_format}: {reason}.") from None
    return Table(raws)


def _parquet(path: Path) -> list[Raw]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return list(file.read().to_pylist())


def _json(path: Path) -> list[Raw]:
    """Read one JSON list of rows, or a row a line."""
    text = path.read_text(encoding="utf-8-sig")
    raws = json.loads(text) if text.lstrip().startswith("[") else list(_lines(text))
    for number, raw in enumerate(raws):
        if not isinstance(raw, dict):
            raise ValueError(f"row {number} is {type(raw).__name__}, and must be an object")
    return list(raws)


def _lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), start=1):  # a text may hold other line ends
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None


def _format_of(path: Path) -> str:
    if path.is_dir():
        raise EnvConfigError(f"{path} is a folder; give the JSONL or Parquet file in it.")
    if path.suffix not in _FORMATS:
        raise EnvConfigError(f"{path} must end in one of {', '.join(_FORMATS)}.")
    if not path.is_file():
        raise EnvConfigError(f"There is no file {path.absolute()}.")
    if not path.stat().st_size:
        raise EnvConfigError(f"{path} is empty.")
    return _FORMATS[path.suffix]
