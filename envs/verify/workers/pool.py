"""The killable worker processes of this process: one pool per job.

A slot is a thread here and a process there. The thread hands one request to its ready worker,
waits until the deadline, and on overrun kills it; the outer process of the worker forks the next
one. So the deadline counts from the moment a worker starts on the request, time in the queue never
does, and one hostile answer costs one slot for one deadline.

A pool knows its job by name only. Own checks of environments have a pool of their own: its workers
hold the user's code, which comparisons must not depend on. Everything is created on first use and
ends with this process, also when that is killed: the worker then reads end-of-file, or runs out of
processor time.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from typing import NamedTuple

from .messages import Reply, Request
from .process import WorkerProcess
from .stats import PoolStats, Recorder

_MEMO_SIZE = 16384
_MAX_SLOTS = 4


class _Job(NamedTuple):
    future: Future[Reply]
    request: Request
    load: Request | None
    key: bytes
    put: float


class Pool:
    """`size` slots; ask from any thread. A slot's process starts when it is first needed.

    Args:
        size: number of worker processes, at most.
        name: what it is called in the statistics: "verify" (comparisons) or "check" (own checks).
        job: the class of its job, written `module:Class`; see `child.Job`.
        recorder: where counters go.
    """

    def __init__(self, size: int, name: str, job: str, recorder: Recorder | None = None) -> None:
        self._size = size
        self._name = name
        self._job = job
        self._recorder = recorder or Recorder()
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._workers: list[WorkerProcess] = []
        self._memo: OrderedDict[bytes, bool] = OrderedDict()
        self._asked: dict[bytes, Future[Reply]] = {}
        self._open_jobs = 0
        self._lock = threading.Lock()

    def ask(
        self, request: Request, *, key: bytes = b"", load: Request | None = None
    ) -> Future[Reply]:
        """Return the future of the reply: `{"correct": bool}` or `{"error": outcome}`.

        "ms" tells how long the worker took; it is 0 for what was asked before.

        Args:
            request: what the job reads; "timeout" is in seconds.
            key: requests of equal key have equal replies, so they are asked once: the rollouts of a
                prompt have one gold and many equal answers. Empty for a request never remembered.
            load: what the worker must hold first, see `WorkerProcess.ask`; if that fails the reply
                is `{"error": "load", "detail": why}`.

        Raises (from the future): VerifierError if no worker can be started.
        """
        future = _future()
        with self._lock:
            if key and (known := self._known(key)):
                self._recorder.count("memo_hits")
                return known
            if key:
                self._asked[key] = future
            self._open_jobs += 1
            if self._open_jobs > len(self._workers) < self._size:
                self._workers.append(worker := WorkerProcess(self._job, self._recorder.count))
                threading.Thread(target=self._serve, args=[worker], daemon=True).start()
        self._jobs.put(_Job(future, request, load, key, time.perf_counter()))
        return future

    def stats(self) -> PoolStats:
        """Return the counters of this pool, and of those it shares its recorder with."""
        return self._recorder.stats()

    def close(self) -> None:
        """Kill every worker; requests not answered yet stay unanswered."""
        for worker in self._workers:
            worker.stop()

    @property
    def pids(self) -> list[int]:
        """Process ids of the outer worker processes that run now."""
        return [worker.process.pid for worker in self._workers if worker.process]

    def _known(self, key: bytes) -> Future[Reply] | None:
        if key not in self._memo:
            return self._asked.get(key)
        self._memo.move_to_end(key)
        future = _future()
        future.set_result({"correct": self._memo[key], "ms": 0.0})
        return future

    def _serve(self, worker: WorkerProcess) -> None:
        while True:
            job = self._jobs.get()
            try:
                reply = self._work(worker, job)
            except Exception as error:
                self._settle(job, None)
                job.future.set_exception(error)
            else:
                self._settle(job, reply)
                job.future.set_result(reply)
            del job  # an idle slot holds on to nothing

    def _work(self, worker: WorkerProcess, job: _Job) -> Reply:
        reply = worker.ask(job.request, job.load)
        if reply.get("error") == "load":
            return reply
        took = reply["ms"] / 1e3
        waited = time.perf_counter() - job.put - took
        self._recorder.served(self._name, waited, took, reply.get("error", ""))
        return reply

    def _settle(self, job: _Job, reply: Reply | None) -> None:
        """Remember a verdict; an error may be the load and not the answer: ask again next time."""
        with self._lock:
            self._open_jobs -= 1
            if not job.key:
                return
            del self._asked[job.key]
            if reply and "correct" in reply:
                self._memo[job.key] = reply["correct"]
                if len(self._memo) > _MEMO_SIZE:
                    self._memo.popitem(last=False)


def _future() -> Future[Reply]:
    future: Future[Reply] = Future()
    future.set_running_or_notify_cancel()  # shared: no single waiter may cancel it
    return future


_pools: dict[str, Pool] = {}
_recorder = Recorder()
_shared_lock = threading.Lock()


def shared_pool(name: str, job: str) -> Pool:
    """Return this process's only pool for `job`, made at the first call: a slot a core, up to 4."""
    with _shared_lock:
        if job not in _pools:
            _pools[job] = Pool(min(_MAX_SLOTS, os.cpu_count() or 1), name, job, _recorder)
            atexit.register(_pools[job].close)
        return _pools[job]


def pool_stats() -> PoolStats:
    """Return what the workers of this process did so far; all zeros if none was needed."""
    return _recorder.stats()


def _forget_after_fork() -> None:
    global _pools, _recorder, _shared_lock
    _pools, _recorder, _shared_lock = {}, Recorder(), threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
