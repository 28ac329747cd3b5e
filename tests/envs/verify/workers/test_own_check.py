"""A user's own `check`: only in the limited worker, whatever it does and wherever it lives."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import threading
import time

import pytest

import envs
from envs import base
from envs.base import ReasoningEnv, Task
from envs.errors import EnvContractError
from envs.verify import begin, pool_stats
from envs.verify.workers import own_check

DEADLINE = 0.5


class Judge(ReasoningEnv):
    """Does to its worker what the answer says."""

    def __init__(self, allowed="yes", **kwargs):
        super().__init__(**kwargs)
        self.allowed = allowed

    def sample_task(self, rng):
        return Task(f"Say {rng.integers(10**9)}", "5")

    def check(self, task, answer):
        if answer == "hang":
            while True:
                pass
        if answer == "sleep":
            time.sleep(60)
        if answer == "eat":
            return bool(bytearray(1 << 30))
        if answer == "exit":
            raise SystemExit(0)
        if answer == "die":
            os._exit(0)
        if answer == "write":
            with open("/tmp/from_a_check", "w") as file:  # noqa: PTH123
                file.write("x")
        if answer == "write here":
            open("from_a_check", "w")  # noqa: PTH123, SIM115
        if answer == "raise":
            raise ValueError("no such word")
        if answer == "files":
            [os.open("/dev/null", os.O_RDONLY) for _ in range(32)]
        if answer == "one":
            return 1
        if answer == "where":
            return os.getpid() != task.difficulty
        if answer == "folder":
            return os.listdir() == []  # noqa: PTH208
        if answer == "thread":
            return threading.active_count() == 1
        return answer == self.allowed


@pytest.fixture
def judged(monkeypatch):
    """Return the info after one answer, with a short deadline."""
    short = functools.partial(begin, timeout=DEADLINE)
    monkeypatch.setattr(base, "begin", short)
    monkeypatch.setattr(own_check, "_logged", set())

    def judged(answer, **kwargs):
        env = Judge(**kwargs)
        env.reset(seed=0)
        return env.step(rf"\boxed{{{answer}}}")[-1]

    judged("yes")  # start-up and import are not what is measured
    return judged


@pytest.mark.parametrize("answer", ["hang", "sleep"])
def test_a_check_that_hangs_is_killed(judged, answer):
    before = pool_stats()
    start = time.perf_counter()
    info = judged(answer)
    assert (info["verdict"], info["timed_out"], info["acc"]) == ("timeout", 1.0, 0.0)
    assert DEADLINE <= info["verify_ms"] / 1e3 < DEADLINE + 0.05
    assert time.perf_counter() - start < DEADLINE + 5
    assert pool_stats().kills == before.kills + 1
    assert judged("yes")["verdict"] == "correct"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("yes", "correct"),
        ("no", "wrong"),
        ("eat", "memory"),
        ("exit", "crash"),
        ("die", "crash"),
        ("write", "crash"),
        ("write here", "crash"),
        ("raise", "crash"),
        ("files", "crash"),
        ("where", "correct"),
        ("folder", "correct"),
        ("thread", "correct"),
    ],
)
def test_what_a_check_does_stays_in_its_worker(judged, answer, verdict):
    pids = own_check.pool().pids
    info = judged(answer)
    assert (info["verdict"], info["extracted"]) == (verdict, answer)
    assert info["acc"] == float(verdict == "correct")
    assert judged("yes")["verdict"] == "correct"
    assert own_check.pool().pids == pids  # the outer process stays


@pytest.mark.parametrize("allowed", ["yes", "anew"])
def test_an_answer_is_judged_though_something_kills_the_worker(judged, allowed):
    """Whether the worker holds the check already, or has to load it first."""
    for worker in own_check.pool()._workers:
        worker.make_ready()
        os.kill(worker._child_pid, signal.SIGKILL)
    assert judged(allowed, allowed=allowed)["verdict"] == "correct"
    assert judged("no", allowed=allowed)["verdict"] == "wrong"


def test_the_first_crash_is_logged_with_class_and_error(judged, caplog):
    for _ in range(3):
        judged("raise")
    assert caplog.text.count("Judge.check raised ValueError: no such word") == 1


def test_a_result_that_is_no_bool_names_class_and_value(judged):
    with pytest.raises(EnvContractError, match=r"Judge\.check must return True or False; got 1"):
        judged("one")


def test_arguments_of_the_environment_reach_its_check(judged):
    assert judged("maybe", allowed="maybe")["verdict"] == "correct"
    assert judged("maybe")["verdict"] == "wrong"


def test_episodes_share_what_the_worker_holds(judged):
    env = Judge()
    loads = []
    for seed in range(5):
        env.reset(seed=seed)
        loads.append(own_check._messages(env._without_episode(), env.task)[0]["load"])
        env.step(r"\boxed{yes}")
    assert len(set(loads)) == 1


def test_what_an_episode_keeps_on_self_reaches_its_check():
    class Stateful(ReasoningEnv):
        def sample_task(self, rng):
            self.secret = str(rng.integers(10**9))
            return Task("?", "5")

        def check(self, task, answer):
            return answer == self.secret

    env = Stateful()
    for seed in range(40):  # more than a worker holds
        env.reset(seed=seed)
        assert env.step(rf"\boxed{{{env.secret}}}")[1] == 1.0


def test_any_text_arrives_as_it_is():
    class Same(ReasoningEnv):
        def sample_task(self, rng):
            return Task("?", "a\x00\ud800é\u2028\\n\U0001f600")

        def check(self, task, answer):
            return answer == task.answer

    env = Same()
    env.reset(seed=0)
    assert env.step(rf"\boxed{{{env.task.answer}}}")[1] == 1.0


def test_the_event_loop_keeps_turning(judged):
    async def main():
        env = Judge()
        env.reset(seed=0)
        slow = asyncio.create_task(env.step_async(r"\boxed{hang}"))
        ticks = 0
        while not slow.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks, slow.result()[-1]

    ticks, info = asyncio.run(main())
    assert info["verdict"] == "timeout"
    assert ticks > 20


def test_hanging_checks_do_not_delay_comparisons(judged):
    """They have workers of their own."""
    from envs.verify import verify

    verify(r"\sqrt8", r"\boxed{2\sqrt2}")

    async def main():
        hanging = [Judge() for _ in range(4)]
        for env in hanging:
            env.reset(seed=0)
        tasks = [asyncio.create_task(env.step_async(r"\boxed{hang}")) for env in hanging]
        await asyncio.sleep(0.05)
        start = time.perf_counter()
        assert verify(r"\sqrt{50}", r"\boxed{5\sqrt2}").correct
        elapsed = time.perf_counter() - start
        return elapsed, [(await task)[-1]["verdict"] for task in tasks]

    elapsed, verdicts = asyncio.run(main())
    assert elapsed < DEADLINE / 2
    assert verdicts == ["timeout"] * 4


def test_what_cannot_be_pickled_is_named():
    env = Judge(allowed=threading.Lock())
    env.reset(seed=0)
    with pytest.raises(EnvContractError, match=r"Judge .* cannot be pickled"):
        env.step(r"\boxed{yes}")


def test_one_pool_for_all_checks(judged):
    assert len(own_check.pool().pids) <= (os.cpu_count() or 1)


def test_answer_format_reaches_own_checks():
    env = Judge(answer_format="answer_tag")
    env.reset(seed=0)
    assert env.step("<answer>yes</answer>")[1] == 1.0
    with pytest.raises(envs.errors.EnvConfigError, match=r"answer_tag.*got 'xml'"):
        Judge(answer_format="xml")
