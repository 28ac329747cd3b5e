"""Why verl dropped sessions: heard in its workers, told to the trainer.

An agent loop or a reward function that raises costs verl the session. verl 0.9.1 logs the error in
the worker, perhaps on another node, and tells the trainer nothing. The causes travel through the
key-value store of the Ray cluster, as that of an engine's death does.
"""

from __future__ import annotations

import json
import logging
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from uuid import uuid4

from .infos import words
from .tally import UNKNOWN, Place

LOGGER = "verl.trainer.ppo.v1.agent_loop_tq"
"""Where verl says, once for each session, which error it was dropped for."""
_MOST_PLACES = 50
_RAY_WORKER = re.compile(r"\(pid=\d+, ip=([^,)]+)")  # in the text of an error that Ray carried over

Row = tuple[str, str, str, int]
"""Cause, node, what one error said, and how often so far in one process."""


def listen() -> None:
    """Pass on what verl's workers in this process say; once, however often it is called."""
    logger = logging.getLogger(LOGGER)
    if not any(isinstance(item, Listener) for item in logger.filters):
        # A handler would silence the last resort of logging where nobody else handles the record.
        logger.addFilter(Listener())


class Listener(logging.Filter):
    """Lets every record pass and reports the errors in them.

    Args:
        put: takes the name of this process and its rows.
    """

    def __init__(self, put: Callable[[str, list[Row]], None] | None = None) -> None:
        super().__init__()
        self._put = put or _put
        self._name = uuid4().hex
        self._rows: dict[Place, Row] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Count the error of a record."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            try:
                self._count(error)
            except Exception as problem:  # a session is lost, not the worker
                record.msg = f"{record.msg} (not passed on to the trainer: {problem!r})"
        return True

    def _count(self, error: BaseException) -> None:
        cause, node, detail = _described(error)
        if (cause, node) in self._rows or len(self._rows) < _MOST_PLACES:
            *_, n = self._rows.get((cause, node), (0,))
            self._rows[cause, node] = (cause, node, detail, n + 1)
            self._put(self._name, list(self._rows.values()))


class Reported:
    """What the workers of this Ray job have reported, taken out session by session.

    Args:
        read: the rows of every worker, by its name.
    """

    def __init__(self, read: Callable[[], dict[str, list[Row]]] | None = None) -> None:
        self._read = read or _read
        self._before: Counter[tuple[str, Place]] = Counter()
        self._waiting: Counter[Place] = Counter()
        self.details: dict[str, str] = {}
        """What one error of each cause said."""

    def take(self, dropped: int) -> Counter[Place]:
        """Causes of so many dropped sessions; `UNKNOWN` of those that nobody reported."""
        if not dropped:
            return Counter()
        self._fetch()
        taken: Counter[Place] = Counter()
        for place, n in self._waiting.most_common():
            taken[place] += min(n, dropped - taken.total())
        self._waiting -= taken
        if unknown := dropped - taken.total():
            taken[f"dropped, {UNKNOWN}", ""] += unknown
        return +taken

    def waiting(self) -> Counter[Place]:
        """Everything reported that has not been taken yet, which takes it."""
        self._fetch()
        taken, self._waiting = self._waiting, Counter()
        return taken

    def _fetch(self) -> None:
        for name, rows in self._read().items():
            for cause, node, detail, n in rows:
                place = (f"dropped, {cause}", node)
                self._waiting[place] += n - self._before[name, place]
                self._before[name, place] = n
                self.details.setdefault(place[0], detail)


def _described(error: BaseException) -> tuple[str, str, str]:
    from ray.exceptions import RayTaskError

    node = _node()
    if isinstance(error, RayTaskError):  # of a worker of rewards, perhaps on another node
        elsewhere = _RAY_WORKER.search(str(error))
        node, error = elsewhere[1] if elsewhere else node, error.cause or error
    return words(f"raised {type(error).__name__}", 120), node, words(_text(error))


def _text(error: BaseException) -> str:
    try:
        return str(error).rstrip(".")
    except Exception:  # an error of a user's may fail to say what it is
        return ""


@lru_cache(maxsize=1)
def _node() -> str:
    """Name and address of this machine, as our agent loop writes them."""
    import ray

    return f"{socket.gethostname()} ({ray.util.get_node_ip_address()})"


def _put(name: str, rows: Iterable[Row]) -> None:
    import ray
    from ray.experimental.internal_kv import _internal_kv_put

    if not ray.is_initialized():
        raise ConnectionError("this process belongs to no Ray cluster")
    _internal_kv_put(_key() + name, json.dumps(list(rows)).encode())


def _read() -> dict[str, list[Row]]:
    import ray
    from ray.experimental.internal_kv import _internal_kv_get, _internal_kv_list

    if not ray.is_initialized():  # asked for its context, Ray would start a cluster
        return {}
    found = {key.decode(): _internal_kv_get(key) for key in _internal_kv_list(_key())}
    return {key: [tuple(row) for row in json.loads(value)] for key, value in found.items() if value}


def _key() -> str:
    import ray

    return f"verl_credit/dropped/{ray.get_runtime_context().get_job_id()}/"
