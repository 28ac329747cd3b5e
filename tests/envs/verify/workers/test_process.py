"""One worker process: what it counts, holds and forgets, and that it stays stopped."""

from __future__ import annotations

import base64
import os
import signal

import cloudpickle
import pytest

from envs.errors import VerifierError
from envs.verify.workers import process
from envs.verify.workers.process import WorkerProcess, absolute_path


def judge_of(word: str):
    """A check that allows a word and hangs at another."""

    class Judge:
        def check(self, task, answer):
            while answer == "hang":
                pass
            return answer == word

    return Judge()


def load_of(name: str, judge: object = None) -> dict:
    pickled = base64.b64encode(cloudpickle.dumps(judge or judge_of(name))).decode()
    return {"load": name, "pickle": pickled, "path": absolute_path(), "folder": "/"}


def question(name: str, answer: str, timeout: float = 5.0) -> dict:
    task = base64.b64encode(cloudpickle.dumps(None)).decode()
    return {"check": name, "task": task, "answer": answer, "timeout": timeout}


@pytest.fixture
def counted():
    return []


@pytest.fixture
def worker(counted):
    made = WorkerProcess("envs.verify.workers.check_job:Check", counted.append)
    yield made
    made.stop()


def test_what_is_forgotten_is_loaded_again(worker, monkeypatch):
    monkeypatch.setattr(process, "_MAX_LOADED", 2)
    for name in ("a", "b", "c", "a", "c"):
        assert worker.load(load_of(name)) == ""
        assert worker.ask(question(name, name))["correct"] is True
    # The third made it forget the others.
    assert worker.ask(question("b", "b"))["error"] == "crash"


def test_what_cannot_be_loaded_says_why(worker):
    class Broken:
        def __setstate__(self, state):
            raise ValueError("no such word")

        def __getstate__(self):
            return {"a": 1}

    assert "ValueError: no such word" in worker.load(load_of("a", Broken()))


def test_kills_and_respawns_are_counted_and_a_new_child_holds_nothing(worker, counted):
    worker.load(load_of("a"))
    reply = worker.ask(question("a", "hang", timeout=0.2))
    assert reply["error"] == "timeout"
    assert 200 <= reply["ms"] < 2000
    assert worker.load(load_of("a")) == ""
    assert worker.ask(question("a", "a"))["correct"] is True
    assert counted == ["kills", "respawns"]


def test_an_answer_is_judged_though_something_kills_the_worker_that_holds_its_check(
    worker, counted
):
    """As the kernel does when memory runs out: the next child is given the check, too."""
    for _ in range(2):
        assert worker.ask(question("a", "a"), load_of("a"))["correct"] is True
        os.kill(worker._child_pid, signal.SIGKILL)
    assert worker.ask(question("a", "b"), load_of("a"))["correct"] is False
    assert counted == ["respawns"] * 2


def test_a_stopped_worker_stays_stopped(worker):
    worker.make_ready()
    outer = worker.process
    worker.stop()
    assert outer.returncode == -signal.SIGKILL
    with pytest.raises(VerifierError, match="does not start: stopped"):
        worker.make_ready()
    assert worker.process is None
