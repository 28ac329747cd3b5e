"""The killable workers: deadlines, poison, threads, event loops, and what they leave behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from envs.verify import averify, verify, verify_batch
from envs.verify.ask_algebra import JOB, ask_equal
from envs.verify.ask_algebra import pool as shared_pool
from envs.verify.workers import pool as pool_module
from envs.verify.workers.pool import Pool
from envs.verify.workers.stats import PoolStats, Recorder

SLOW = r"\sum_{k=1}^{1000000000} \frac{\sin(k^2 x)}{k}"
BOMB = r"x^{9^{9^{9}}}"


def submit(pool, gold, answer, timeout=3.0):
    return ask_equal(gold, answer, timeout, pool)


def test_a_hanging_answer_is_cut_off_at_the_deadline():
    verify(r"\sqrt8", r"\boxed{2\sqrt2}")  # start-up is not what is measured
    for text in (BOMB, SLOW):
        start = time.perf_counter()
        verdict = verify(r"\sqrt{2} x", rf"\boxed{{{text}}}", timeout=0.5)
        assert not verdict.correct
        assert verdict.outcome in {"timeout", "memory", "unparsable"}
        assert time.perf_counter() - start < 1.5


def test_no_reply_is_taken_for_that_of_another_answer(pool):
    """A child that stops before it reads leaves the request for the next child to find."""
    assert submit(pool, r"\sqrt{8}", r"2 \sqrt{2}").result()["correct"]
    os.kill(pool._workers[0]._child_pid, signal.SIGSTOP)
    unread = submit(pool, "x+y", "y + x + 7 - 7", timeout=0.3).result()
    assert unread["error"] == "timeout"
    for i in range(3, 6):
        assert submit(pool, r"\sqrt{50}", rf"{i} \sqrt{{2}}").result()["correct"] is (i == 5)


@pytest.mark.slow
def test_hostile_answers_do_not_cost_the_correct_ones():
    """Queue more hostile work than there are workers; every correct answer is still paid."""
    golds, responses, expected = [], [], []
    for i in range(2, 8):
        golds += [rf"\sqrt{{{2 * i * i}}}", rf"\sqrt{{2}} x + {i}"]
        responses += [rf"\boxed{{{i}\sqrt{{2}}}}", rf"\boxed{{{SLOW} + {i}}}"]
        expected += [True, False]
    verdicts = verify_batch(golds, responses, timeout=2.0)
    assert [v.correct for v in verdicts] == expected


def test_waiting_in_the_queue_is_not_verification_time(pool):
    """With one worker busy for 1.5 s, an answer allowed 1 s is still judged."""
    submit(pool, "x", "x + 0").result()
    blocker = submit(pool, r"\sqrt{2} x", SLOW, timeout=1.5)
    waiting = submit(pool, r"\sqrt{8}", r"2 \sqrt{2}", timeout=1.0)
    assert blocker.result()["error"] == "timeout"
    assert waiting.result()["correct"] is True


def test_an_answer_is_judged_though_something_kills_the_worker(pool):
    """As the kernel does when memory runs out: it is asked again, and no right answer is lost."""
    assert submit(pool, r"\sqrt{8}", r"2 \sqrt{2}").result()["correct"]
    for i in range(2, 5):
        worker = pool._workers[0]
        worker.make_ready()
        os.kill(worker._child_pid, signal.SIGKILL)
        reply = submit(pool, rf"\sqrt{{{2 * i * i}}} + 0", rf"{i} \sqrt{{2}}").result()
        assert reply["correct"], reply


def test_a_killed_worker_is_replaced(pool):
    assert submit(pool, r"\sqrt{8}", r"2 \sqrt{2}").result()["correct"]
    (pid,) = pool.pids
    os.killpg(pid, signal.SIGKILL)
    assert submit(pool, r"\sqrt{18}", r"3 \sqrt{2}").result()["correct"]
    assert pool.pids != [pid]


def test_equal_questions_are_asked_once():
    """While the first is under way, afterwards, and however they are typeset."""
    pool = Pool(1, "verify", JOB)
    spellings = (r"2 \sqrt{2}", r"2\sqrt2", r"\,2\left.\sqrt{2}\right.")
    under_way = [submit(pool, r"\sqrt{8}", spelling) for spelling in spellings]
    assert len(set(map(id, under_way))) == 1
    assert under_way[0].result()["correct"]
    assert submit(pool, r"\sqrt8", spellings[0]).result()["correct"]
    assert (pool.stats().calls, pool.stats().memo_hits) == (1, 3)
    assert not submit(pool, r"\sqrt{8}", r"2 \sqrt{3}").result()["correct"]
    assert pool.stats().calls == 2
    pool.close()


@pytest.mark.slow
def test_the_counters_tell_what_happened():
    pool = Pool(1, "verify", JOB)
    assert pool.stats() == PoolStats()
    assert submit(pool, r"\sqrt{8}", r"2 \sqrt{2}").result()["correct"]
    assert submit(pool, r"\sqrt{2} x", SLOW, timeout=0.3).result()["error"] == "timeout"
    assert submit(pool, r"\sqrt{18}", r"3 \sqrt{2}").result()["correct"]
    os.killpg(pool.pids[0], signal.SIGKILL)
    assert submit(pool, r"\sqrt{32}", r"4 \sqrt{2}").result()["correct"]
    stats = pool.stats()
    assert (stats.calls, stats.timeouts, stats.kills, stats.respawns) == (4, 1, 1, 2)
    assert (stats.memory, stats.crashes, stats.memo_hits) == (0, 0, 0)
    assert 0.29 < stats.verify_p95_s < 0.5
    assert 0.0 < stats.queue_wait_p95_s < 20
    assert stats.check_p95_s == 0.0
    pool.close()


@pytest.mark.slow
def test_counters_and_memory_stay_small(monkeypatch):
    monkeypatch.setattr(pool_module, "_MEMO_SIZE", 4)
    pool = Pool(1, "verify", JOB)
    for i in range(2, 12):
        assert submit(pool, rf"\sqrt{{{2 * i * i}}}", rf"{i} \sqrt{{2}}").result()["correct"]
    assert len(pool._memo) == 4
    assert pool._asked == {}
    recorder = Recorder()
    for _ in range(5000):
        recorder.served("verify", 0.1, 0.1, "")
    assert all(len(sample) <= 2048 for sample in recorder._samples.values())
    pool.close()


def test_time_in_the_queue_is_not_reported_as_verification():
    golds = [rf"\sqrt{{2}} x + {i}" for i in range(6)]
    verdicts = verify_batch(golds, [rf"\boxed{{{SLOW}}}"] * 6, timeout=0.3)
    assert [v.outcome for v in verdicts] == ["timeout"] * 6
    assert max(v.elapsed_ms for v in verdicts) < 360


def test_a_timeout_is_not_remembered(pool):
    first, again = (submit(pool, r"\sqrt{2} x", SLOW, timeout=0.2) for _ in range(2))
    assert first is again
    assert first.result()["error"] == "timeout"
    time.sleep(0.05)
    again = submit(pool, r"\sqrt{2} x", SLOW, timeout=0.2)
    assert again is not first
    assert again.result()["error"] == "timeout"


def test_threads_share_the_workers():
    results: list[bool] = []

    def work(start):
        for i in range(start, start + 5):
            results.append(verify(rf"\sqrt{{{3 * i * i}}}", rf"\boxed{{{i}\sqrt{{3}}}}").correct)

    threads = [threading.Thread(target=work, args=(10 * t + 2,)) for t in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 30
    assert len(shared_pool().pids) <= (os.cpu_count() or 1)


def test_the_event_loop_keeps_turning():
    async def main():
        slow = asyncio.create_task(averify(r"\sqrt{2} x + 99", rf"\boxed{{{SLOW}}}", timeout=0.6))
        ticks = 0
        while not slow.done():
            await asyncio.sleep(0.01)
            ticks += 1
        return ticks, slow.result()

    ticks, verdict = asyncio.run(main())
    assert verdict.outcome == "timeout"
    assert ticks > 20


def test_one_cancelled_waiter_does_not_cancel_the_others():
    async def main():
        pair = (r"\sqrt{5000}", r"\boxed{50\sqrt{2}}")  # asked nowhere else
        first, second = (asyncio.create_task(averify(*pair)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(main()).correct


def run_script(body, **kwargs):
    command = [sys.executable, "-c", textwrap.dedent(body)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **kwargs)


def test_easy_answers_start_no_process():
    done = run_script("""
        from envs.verify import verify
        from envs.verify.workers import pool
        assert verify("42", r"\\boxed{42.0}").correct
        assert not verify("(1,2)", r"\\boxed{(2,1)}").correct
        assert pool._pools == {}
    """)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_script_without_a_main_guard_works(tmp_path):
    """Multiprocessing's spawn and forkserver would run the script again in every worker."""
    script = tmp_path / "script.py"
    script.write_text(
        "from envs.verify import verify\n"
        "print('ran')\n"
        "assert verify(r'\\sqrt8', r'\\boxed{2\\sqrt2}').correct\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ran\n"


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(pids, seconds=3.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(map(alive, pids)):
        time.sleep(0.05)
    return [pid for pid in pids if alive(pid)]


PRINT_PIDS = """
    import os, subprocess, sys, time
    from envs.verify import verify
    from envs.verify.ask_algebra import pool as shared_pool
    assert verify(r"\\sqrt8", r"\\boxed{2\\sqrt2}").correct
    (outer,) = shared_pool().pids
    children = open(f"/proc/{outer}/task/{outer}/children").read().split()
    print(outer, *children, flush=True)
"""


@pytest.mark.slow
def test_no_process_outlives_a_clean_exit():
    done = run_script(PRINT_PIDS)
    pids = [int(pid) for pid in done.stdout.split()]
    assert len(pids) == 2, done.stderr
    assert wait_until_gone(pids) == []


@pytest.mark.slow
def test_no_process_outlives_a_kill():
    """Killed while a worker computes, which never looks at its pipe again."""
    body = (
        PRINT_PIDS
        + rf"""
    verify(r"\sqrt2 x", r"\boxed{{{SLOW}}}", timeout=2.0)
    """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(body)], stdout=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in process.stdout.readline().split()]
    time.sleep(0.3)
    process.kill()
    process.wait()
    process.stdout.close()
    assert len(pids) == 2
    assert wait_until_gone(pids) == []


@pytest.mark.slow
def test_a_forked_child_gets_its_own_workers():
    done = run_script("""
        import os
        from envs.verify import verify
        assert verify(r"\\sqrt8", r"\\boxed{2\\sqrt2}").correct
        pid = os.fork()
        if pid == 0:
            os._exit(0 if verify(r"\\sqrt{18}", r"\\boxed{3\\sqrt2}").correct else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert verify(r"\\sqrt{32}", r"\\boxed{4\\sqrt2}").correct
    """)
    assert done.returncode == 0, done.stderr
