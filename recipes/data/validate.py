"""``verl-credit validate``: is every gold right, and every question asked once?

For a data set its rows, or those of a prepared ``file=``; for any other environment a sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import envs
from envs.blame import told
from envs.dataset.audit import Audit, Finding
from envs.dataset.env import DatasetEnv
from envs.dataset.prepared import open_prepared
from envs.dataset.row import Row, normalised
from envs.dataset.source import setting_names
from envs.errors import EnvError
from envs.loading import creator_of

from ..errors import RecipeError, nearest
from .build import audited, bar, rows_of, source_of
from .findings import as_data

if TYPE_CHECKING:
    from rich.console import Console

    from envs.base import ReasoningEnv


def validate(env_id: str, settings: dict[str, Any], tasks: int, console: Console) -> dict[str, Any]:
    """Counts and first examples of what is wrong; ``ok`` is true if nothing is wrong.

    Args:
        env_id: the environment.
        settings: of a data set, ``file`` or what describes its source; else the environment's own.
        tasks: how many tasks of each stream to draw from an environment that has no rows.
        console: where the progress bar is shown.

    Raises:
        UnknownEnvError: no such id; the message has the nearest ones.
        RecipeError: an unknown setting, settings of a source beside a prepared file, or an
            environment whose own code raises.
        EnvConfigError: a setting is wrong, or there is no such file.
    """
    kind = creator_of(env_id)
    if not (isinstance(kind, type) and issubclass(kind, DatasetEnv)):
        found = _sampled(env_id, settings, tasks, console)
    elif "file" in settings:
        if others := sorted(set(settings) - {"file"}):
            raise RecipeError(f"file= is prepared already; {', '.join(others)} cannot change it.")
        found = audited(list(open_prepared(settings["file"]).rows()), console)
    else:
        known = ["file", *setting_names()]
        for name in settings:
            if name not in known:
                raise RecipeError(f"{name!r} is no setting of a data set. {nearest(name, known)}")
        found = audited(rows_of(source_of(env_id).but(**settings), console), console)
    data = as_data(found)
    return {"env_id": env_id, "ok": not data["problems"], **data}


def _sampled(env_id: str, settings: dict[str, Any], tasks: int, console: Console) -> Audit:
    """Draw tasks and let the environment judge their own golds.

    A generator may draw a question twice within a stream; that is not counted as a problem.
    """
    env = envs.make(env_id, **settings)
    kept: list[Row] = []
    findings: list[Finding] = []
    asked: dict[str, Row] = {}
    with bar("verifying golds", tasks * len(env.streams), console) as tick:
        for row, outcome in _played(env, tasks):
            finding = _finding(row, outcome, asked.setdefault(normalised(row.question), row))
            findings += [finding] if finding else []
            kept += [] if finding else [row]
            tick(1)
    return Audit(kept, findings)


def _played(env: ReasoningEnv, tasks: int) -> Iterator[tuple[Row, str]]:
    """Yield drawn tasks as rows, each with the verdict of the environment on its own gold."""
    for stream in env.streams:
        for index in range(tasks):
            with _author_told(env):
                _, info = env.reset(seed=0, options={"stream": stream, "index": index})
                task, name = env.task, str(info["task_id"])
                outcome = env.step(env.marked(task.answer))[-1]["verdict"]
            row = Row(name, stream, task.question, task.answer, task.difficulty)
            yield row, str(outcome)


@contextmanager
def _author_told(env: ReasoningEnv) -> Iterator[None]:
    """Turn what an environment's own code raises into a sentence with its line."""
    try:
        yield
    except EnvError:
        raise
    except Exception as error:
        raise RecipeError(
            f"{env.env_id} fails on a task: {told(error)}. `verl-credit check-env` says what to do."
        ) from error


def _finding(row: Row, outcome: str, first: Row) -> Finding | None:
    if outcome != "correct":
        return Finding("unverifiable", row, f"as the final answer it is judged {outcome!r}")
    if first.stream != row.stream:
        return Finding("overlap", row, f"asked for {first.stream} by {first.id}")
    return None
