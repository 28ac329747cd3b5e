"""Reading files, and folders of them, that another process is still writing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .history import Row, read_row


@dataclass
class LineTail:
    """Reads a growing file line by line; gives each complete line once.

    Attributes:
        path: the file; it need not exist yet.
        offset: byte from which to read, e.g. the end of an earlier attempt.
    """

    path: Path
    offset: int = 0
    _partial: bytes = field(default=b"", repr=False)

    def read(self) -> list[str]:
        """Lines completed since the last call; carriage returns (progress bars) end a line too."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self.offset)
            data = file.read()
        self.offset += len(data)
        *lines, self._partial = (self._partial + data).replace(b"\r", b"\n").split(b"\n")
        return [line.decode(errors="replace") for line in lines if line]


@dataclass
class MetricsTail:
    """Reads a growing file of verl's "file" logger; gives each complete row once."""

    path: Path
    _lines: LineTail | None = None

    def read(self) -> list[Row]:
        """``(step, metrics)`` rows completed since the last call."""
        self._lines = self._lines or LineTail(self.path)
        return [row for line in self._lines.read() if (row := read_row(line))]


@dataclass
class SampleTail:
    """Looks into the folder of dumps for the last response of its newest file.

    Reads three columns of `credit_plugins.dump.schema` and not the whole dump: this is done while
    the run goes on, and without loading torch.
    """

    folder: Path
    _seen: Path | None = None

    def read(self) -> tuple[str, str] | None:
        """Verdict and text, where a file has come since the last call."""
        newest = max(self.folder.glob("step_*.parquet"), default=None)
        if newest is None or newest == self._seen:
            return None
        self._seen = newest
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile

        try:
            table = ParquetFile(newest).read(["reward", "verdict", "text"])
            row = table.slice(table.num_rows - 1).to_pylist()[0]
            judged = row["verdict"] or ("right" if row["reward"] > 0.5 else "wrong")
            return judged, "".join(row["text"])
        except (OSError, pa.ArrowException, LookupError):  # deleted, empty, or nothing of ours
            return None
