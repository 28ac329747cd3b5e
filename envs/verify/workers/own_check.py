"""An environment's own `check`, asked in a limited worker and nowhere else: the caller's end.

What an author wrote travels as a pickle (his class by reference, or by value where it cannot be
imported, as in `__main__`); what a model wrote travels as JSON text and stays text.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import logging
import sys
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import cloudpickle

from ...blame import Frame
from ...errors import EnvContractError
from .messages import Reply, Request
from .pending import Pending
from .pool import Pool, shared_pool
from .process import absolute_path

JOB = f"{__package__}.check_job:Check"
_log = logging.getLogger(__name__)


class Judge(Protocol):
    """What is asked; it must survive pickle."""

    def check(self, task: Any, answer: str) -> bool:
        """Return whether `answer` solves `task`."""


class Check(NamedTuple):
    """An environment without its episode, and the task of the episode."""

    judge: Judge
    task: Any


def pool() -> Pool:
    """Return this process's workers that run own checks."""
    return shared_pool("check", JOB)


def ask_check(check: Check, answer: str, timeout: float) -> Pending[Reply]:
    """Ask a worker for `judge.check(task, answer)`; the reply is as `Pool.ask` describes it.

    A check that overruns `timeout` seconds, runs out of memory or raises is an error of the reply;
    importing its module does not count.

    Raises:
        EnvContractError: the check cannot be pickled; when the reply is asked for: its
            module cannot be imported in the worker, or `check` returned something else than a bool.
        VerifierError: when the reply is asked for: no worker process can be started.
    """
    load, request = _messages(*check)
    future = pool().ask(request | {"answer": answer, "timeout": timeout}, load=load)
    return Pending(future=future, read=functools.partial(_settled, type(check.judge).__name__))


def _messages(judge: Judge, task: Any) -> tuple[Request, Request]:
    try:
        for kind in (*type(judge).__mro__, *type(task).__mro__):
            _send_source_of(kind.__module__)
        pickled, task_pickled = cloudpickle.dumps(judge), cloudpickle.dumps(task)
    except Exception as error:
        raise EnvContractError(
            f"{type(judge).__name__} has its own check, which runs in another process, and cannot "
            f"be pickled for it: {error}."
        ) from error
    key = hashlib.blake2b(pickled, digest_size=16).hexdigest()
    here = {"path": absolute_path(), "folder": str(Path.cwd())}
    load = {"load": key, "pickle": base64.b64encode(pickled).decode(), **here}
    return load, {"check": key, "task": base64.b64encode(task_pickled).decode()}


def _settled(name: str, reply: Reply) -> Reply:
    """Return the reply, unless the author has to change something first."""
    error, detail = reply.get("error", ""), reply.get("detail", "")
    if error == "load":
        raise EnvContractError(f"{name} cannot be loaded in the worker that checks: {detail}.")
    if error == "contract":
        raise EnvContractError(f"{name}.check must return True or False; got {detail}.")
    return reply


@functools.cache
def _send_source_of(module: str) -> None:
    """Have classes of `module` pickled by value if another process could not import it.

    That is so for a file that was loaded by its path, as pytest does, or that another one shadows.
    """
    loaded = sys.modules.get(module)
    origin = getattr(loaded, "__file__", None)
    if origin and module != "__main__" and _found(module) != origin:
        cloudpickle.register_pickle_by_value(loaded)


def _found(module: str) -> str | None:
    """Return the file a fresh import of `module` would run."""
    spec, path = None, None
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        specs = (finder.find_spec(name, path) for finder in sys.meta_path)
        spec = next(filter(None, specs), None)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    return spec.origin if spec else None


_logged: set[str] = set()


def log_first_crash(judge: Judge, reply: Reply) -> None:
    """Log the first crash of a check; a policy may find ten thousand more."""
    name = type(judge).__name__
    if reply.get("error") != "crash" or name in _logged:
        return
    _logged.add(name)
    detail = reply.get("detail") or "and took its process with it"
    where = f" ({Frame(*reply['frames'][-1])})" if reply.get("frames") else ""
    _log.error(
        "%s.check raised %s%s. An answer on which it raises counts as wrong, and this is logged "
        "once. Import what check needs at the top of its module: check itself is short of time, "
        "memory and files.",
        name,
        detail,
        where,
    )
