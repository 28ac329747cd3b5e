"""``verl-credit build``: from the rows of a data set to the file that training reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.dataset.audit import Audit, audit
from envs.dataset.env import DatasetEnv
from envs.dataset.prepared import write
from envs.dataset.source import Source, is_pinned
from envs.loading import creator_of

from ..errors import RecipeError
from .findings import as_data, say, show, write_refused

if TYPE_CHECKING:
    from rich.console import Console

    from envs.dataset.row import Row

_MANY, _SENTENCE = 20, 20  # questions and letters from which a shared ending is no chance


def build(env_id: str, out: Path, settings: dict[str, Any], console: Console) -> None:
    """Read, audit and write; rows that cannot be verified are listed and left out.

    Raises:
        RecipeError: ``env_id`` is no data set, ``out`` cannot be written, or no row is left.
    """
    if out.suffix != ".parquet":
        raise RecipeError(f"{out} must end in .parquet; training reads nothing else.")
    folder = next(path for path in out.absolute().parents if path.exists())
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise RecipeError(f"{out} cannot be written: {folder} is no folder that you may write to.")
    source = source_of(env_id).but(**settings)
    found = audited(rows_of(source, console), console)
    data = as_data(found)
    show(data, console)
    refused = out.with_suffix(".refused.jsonl")
    reasons = write_refused(refused, found)
    if not found.kept:
        raise RecipeError(
            f"No row of {source.describe()} can be used; nothing was written but the reasons, to "
            f"{refused}."
        )
    write(out, found.kept, {**_about(env_id, source), **_counts(data)})
    say(console, f"wrote {out}")
    if reasons:
        say(console, f"wrote {refused}: every refused row and its reason")
    if ending := shared_ending([row.question for row in found.kept]):
        text = f"every question ends in: {ending} (data.env.instruction='' adds no second one)"
        say(console, text, "yellow")
    if source.hub and not source.path and not is_pinned(source.revision):
        text = f"revision={source.revision} may give other rows tomorrow; the file names the "
        text += "commit of these. Give that commit as revision= to build them again."
        say(console, text, "yellow")


def source_of(env_id: str) -> Source:
    """Where the rows of the data set registered as ``env_id`` come from.

    Raises:
        UnknownEnvError: no such id; the message has the nearest ones.
        RecipeError: the environment draws its tasks and has no rows.
    """
    kind = creator_of(env_id)
    if not (isinstance(kind, type) and issubclass(kind, DatasetEnv)):
        raise RecipeError(f"{env_id} draws its tasks from a seed; only a data set is built.")
    return kind.source


def rows_of(source: Source, console: Console) -> list[Row]:
    """The rows of a source; a status line is shown while they are read."""
    with console.status(f"reading {source.describe()}"):
        return list(source.rows())


def audited(rows: list[Row], console: Console) -> Audit:
    """The audit of rows; a progress bar is shown meanwhile."""
    with bar("verifying golds", len(rows), console) as tick:
        return audit(rows, tick)


@contextmanager
def bar(what: str, total: int, console: Console) -> Iterator[Any]:
    """Show a progress bar and give the function that advances it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Left()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)


def shared_ending(questions: list[str]) -> str:
    """Return the words that all questions end in, as prompts do that say how to answer."""
    if len(questions) < _MANY:
        return ""
    words = [question.split() for question in questions]
    shared = 0
    while all(len(each) > shared for each in words):
        if len({each[-1 - shared] for each in words}) > 1:
            break
        shared += 1
    ending = " ".join(words[0][len(words[0]) - shared :])
    return ending if len(ending) >= _SENTENCE else ""


def _about(env_id: str, source: Source) -> dict[str, Any]:
    on_hub = bool(source.hub and not source.path)
    return {
        "env_id": env_id,
        "source": source.path or source.hub,
        "config": source.config if on_hub else "",
        "revision": source.revision if on_hub else "",
        "commit": commit_of(source) if on_hub else "",
    }


def commit_of(source: Source) -> str:
    """The full commit of a hub set; empty if the hub cannot be reached."""
    if is_pinned(source.revision):
        return source.revision
    from huggingface_hub import HfApi

    try:
        return HfApi().dataset_info(source.hub, revision=source.revision).sha or ""
    except (OSError, ValueError):
        return ""


def _counts(data: dict[str, Any]) -> dict[str, Any]:
    refused = {kind: problem["count"] for kind, problem in data["problems"].items()}
    return {"rows": data["streams"], "refused": refused}
