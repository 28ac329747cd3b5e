"""Where the rows of a data set lie, and what their columns mean. Only this file uses `datasets`.

It is for the hub: the library takes seconds to import and 145 MB, so no agent worker loads it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import seeding
from ..errors import EnvConfigError
from ..verify import gold_text
from .cells import asked, cell, columns_of, text
from .commas import CHOICES, decided
from .files import Table, read_table
from .golds import plain
from .row import Row, normalised

if TYPE_CHECKING:
    import datasets

_COMMIT_LENGTH = 40


@dataclass(frozen=True)
class Source:
    """Rows on the Hugging Face hub or in local files.

    Attributes:
        hub: name on the hub, like "openai/gsm8k".
        config: its configuration there, where it has several.
        revision: commit of the hub's repository; a full one pins the rows for good.
        path: a local JSONL, JSON or Parquet file, read instead of the hub; `{split}` in it stands
            for the name of a split.
        split: the split of the stream "train"; empty for a set that only evaluates.
        validation_split: the split of the stream "validation"; empty to hold out one question in
            eight of `split`, by hash.
        question: name of the column with the question; a dot reaches into a nested one, and a
            plus joins two. A cell may hold chat messages, as verl's `prompt` does.
        answer: name of the column with the answer: a text, a number, or a list of answers.
        difficulty: name of the column with a level, a number or a name; empty for none.
        solution: name of the column with a worked solution; empty for none.
        id: name of the column that names a row; empty to name it by split and number.
        commas: "numbers" or "lists" where a gold such as `70,110` is always one of them; empty to
            decide by row (`commas.py`).
        system: what the model is told before every question, "" for nothing; None for the system
            prompt of the row.
        read_answer: from the answer column to the gold; raises ValueError where there is none.
        read_difficulty: from a text in the difficulty column to a level.
        read_solution: from the solution column to a solution.
    """

    hub: str = ""
    config: str = ""
    revision: str = ""
    path: str = ""
    split: str = "train"
    validation_split: str = ""
    question: str = "question"
    answer: str = "answer"
    difficulty: str = ""
    solution: str = ""
    id: str = ""
    commas: str = ""
    system: str | None = None
    read_answer: Callable[[str], str] = plain
    read_difficulty: Callable[[str], float | str] = str
    read_solution: Callable[[str], str] = str

    def but(self, **settings: Any) -> Source:
        """Return this source with some of its texts replaced, as given on the command line.

        Raises:
            EnvConfigError: an unknown name; the message has the nearest ones.
        """
        known = setting_names()
        for name in settings:
            if name not in known:
                raise EnvConfigError(
                    f"Unknown setting {name!r} of a data set; {_near(name, known)}"
                )
        texts: dict[str, Any] = {k: "" if v is None else str(v) for k, v in settings.items()}
        if texts.get("commas", "") not in CHOICES:
            raise EnvConfigError(
                f"commas must be numbers, lists, or nothing; got {texts['commas']!r}."
            )
        return replace(self, **texts)

    def describe(self) -> str:
        """Return where the rows come from, to be kept with them."""
        return self.path or "@".join(filter(None, (self.hub, self.revision)))

    def rows(self) -> Iterator[Row]:
        """Read every row, in order; `Row.problem` says what cannot be read of it.

        Raises:
            EnvConfigError: there is no such file, hub name, split or column, or no revision.
        """
        if not self.split and not self.validation_split:
            raise EnvConfigError("Both split and validation_split are empty; name at least one.")
        for stream, split in zip(seeding.STREAMS, (self.split, self.validation_split), strict=True):
            if split:
                yield from self._rows_of(split, stream)

    def _rows_of(self, split: str, stream: str) -> Iterator[Row]:
        table = self._load(split)
        source = self._fitting(table.column_names)
        source._check_columns(table.column_names)
        for number, raw in enumerate(table):
            row = source._row(raw, Row(f"{split}/{number}", stream, "", number=number))
            if not self.validation_split:
                row = replace(row, stream=seeding.stream_of(normalised(row.question)))
            yield row

    def _fitting(self, columns: Sequence[str]) -> Source:
        """Return this source, or the one for verl's own columns where the rows have these."""
        if not {"prompt", "reward_model"} <= set(columns):
            return self
        ours = [("question", self.question), ("answer", self.answer)]
        given = [column if column != role or role in columns else "" for role, column in ours]
        question, answer = given
        return replace(
            self,
            question=question or "prompt",
            answer=answer or "reward_model.ground_truth",
        )

    def _row(self, raw: dict[str, Any], row: Row) -> Row:
        """Fill `row`; whatever is wrong with its cells is its own problem and ends nothing."""
        try:
            row = self._asked(raw, row)
            answer = cell(raw, self.answer)
            row = replace(row, answer="" if answer is None else str(answer))
            gold = self.read_answer(gold_text(answer))
            gold, commas = decided(gold, row.question, row.solution, self.commas)
            return replace(row, answer=gold, commas=commas)
        except EnvConfigError:
            raise
        except ValueError as error:
            return replace(row, problem=str(error))
        except Exception as error:
            return replace(row, problem=f"reading it raises {type(error).__name__}: {error}")

    def _asked(self, raw: dict[str, Any], row: Row) -> Row:
        """Fill in everything but the answer."""
        parts = [asked(cell(raw, name)) for name in columns_of(self.question, list(raw))]
        question = " ".join(part.strip() for _, part in parts if part.strip())
        row = replace(
            row,
            id=str(cell(raw, self.id)) if self.id else row.id,
            question=question,
            system=parts[0][0] if self.system is None else self.system,
        )
        solution = text(cell(raw, self.solution))
        return replace(
            row,
            difficulty=_level(cell(raw, self.difficulty), self.read_difficulty),
            solution=self.read_solution(solution) if solution else "",
        )

    def _check_columns(self, columns: Sequence[str]) -> None:
        for role in ("question", "answer", "difficulty", "solution", "id"):
            names = columns_of(getattr(self, role), list(columns))
            for name in names if role == "question" else [getattr(self, role)]:
                if name and name not in columns and name.split(".")[0] not in columns:
                    raise EnvConfigError(
                        f"{self.describe()} has no column {name!r} for the {role}; "
                        f"{_near(name, columns)}"
                    )

    def _load(self, split: str) -> datasets.Dataset | Table:
        return self._load_file(split) if self.path else self._load_hub(split)

    def _load_file(self, split: str) -> Table:
        if self.split and self.validation_split and "{split}" not in self.path:
            raise EnvConfigError(
                f"path={self.path} must have {{split}} in it, which stands for {self.split!r} and "
                f"{self.validation_split!r}. With one file, set validation_split= to nothing."
            )
        return read_table(Path(self.path.replace("{split}", split)))

    def _load_hub(self, split: str) -> datasets.Dataset:
        if not self.hub:
            raise EnvConfigError("The rows need a path=FILE, or a hub=NAME with its revision=.")
        if not self.revision:
            raise EnvConfigError(
                f"{self.hub} needs a revision: a full commit keeps the rows as they are, and "
                "revision=main takes whatever is there today."
            )
        import datasets

        try:
            table = datasets.load_dataset(
                self.hub, self.config or None, split=split, revision=self.revision
            )
        except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
            raise EnvConfigError(
                f"{self.hub} (split {split!r}, revision {self.revision!r}) cannot be loaded: "
                f"{_first_line(error)} Without the hub, give a local copy with path=FILE."
            ) from None
        self._check_commit(table)
        return table

    def _check_commit(self, table: datasets.Dataset) -> None:
        """Offline, `datasets` takes the newest commit in its cache, whichever one was asked for."""
        cached = {Path(file["filename"]).parent.name for file in table.cache_files}
        if is_pinned(self.revision) and cached - {self.revision}:
            raise EnvConfigError(
                f"{self.hub} is wanted at commit {self.revision}, but the hub is out of reach and "
                f"the cache of datasets has {', '.join(cached)}; go online once, or give that "
                "commit as revision=."
            )


def setting_names() -> tuple[str, ...]:
    """Return the names of the texts of a `Source`, which a command line can set."""
    return tuple(f.name for f in fields(Source) if not f.name.startswith("read_"))


def is_pinned(revision: str) -> bool:
    """Return whether `revision` is a full commit, whose rows can never change."""
    return len(revision) == _COMMIT_LENGTH and set(revision) <= set("0123456789abcdef")


def _level(value: Any, read: Callable[[str], float | str]) -> float | str:
    if value is None:
        return 0.0
    return read(value) if isinstance(value, str) else float(value)


def _near(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"nearest: {', '.join(close)}." if close else f"there are: {', '.join(known)}."


def _first_line(error: BaseException) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0].strip()
    return line if line.endswith(".") else f"{line}."
