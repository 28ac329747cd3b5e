"""What the worker processes may not do, and what happens when they cannot do what they should."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from envs.errors import VerifierError
from envs.verify.ask_algebra import JOB, ask_equal
from envs.verify.workers import process
from envs.verify.workers.pool import Pool


def submit(pool, gold, answer, timeout=3.0):
    return ask_equal(gold, answer, timeout, pool)


def run_script(body, **kwargs):
    command = [sys.executable, "-c", textwrap.dedent(body)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **kwargs)


def child_of(pool):
    (outer,) = pool.pids
    return int(Path(f"/proc/{outer}/task/{outer}/children").read_text().split()[0])


def test_the_worker_is_limited(pool):
    assert submit(pool, r"\sqrt{8}", r"2 \sqrt{2} + 0").result()["correct"]
    rows = Path(f"/proc/{child_of(pool)}/limits").read_text().splitlines()
    soft, hard = ({row[:26].strip(): row[26:].split()[i] for row in rows} for i in (0, 1))
    assert soft["Max address space"] == hard["Max address space"] == str(512 << 20)
    assert soft["Max file size"] == hard["Max file size"] == "0"
    assert soft["Max core file size"] == "0"
    assert int(soft["Max cpu time"]) < 60
    assert int(hard["Max open files"]) <= 16


def test_neither_layer_of_the_worker_holds_threads(pool):
    """A fork of a process with threads may inherit a lock that nobody will ever release."""
    submit(pool, r"\sqrt{8}", r"2 \sqrt{2} + 0").result()
    for pid in (*pool.pids, child_of(pool)):
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1


def test_an_answer_that_eats_memory_is_cut_off(monkeypatch):
    """A gigabyte at once; the next request finds a fresh process."""
    greedy = "s.confirm = lambda g, a: bool(bytearray(1 << 30 if \"'w'\" in repr(a) else 1))"
    boot = process._BOOT.replace(
        "import serve", f"import serve; import envs.verify.algebra.confirm as s; {greedy}"
    )
    monkeypatch.setattr(process, "_BOOT", boot)
    pool = Pool(1, "verify", JOB)
    assert submit(pool, r"\sqrt{2} x", "w").result()["error"] == "memory"
    assert pool.stats().memory == 1
    assert submit(pool, r"\sqrt{8}", r"2 \sqrt{2}").result()["correct"]
    pool.close()


def test_a_worker_is_replaced_after_its_number_of_calls(monkeypatch):
    boot = process._BOOT.replace(
        "import serve", "import serve; import envs.verify.workers.child as w; w._CALLS_PER_LIFE = 3"
    )
    monkeypatch.setattr(process, "_BOOT", boot)
    pool, seen = Pool(1, "verify", JOB), []
    for i in range(2, 11):
        assert submit(pool, rf"\sqrt{{{2 * i * i}}}", rf"{i} \sqrt{{2}}").result()["correct"]
        if i % 3 == 2:
            seen.append(child_of(pool))
    assert len(set(seen)) == 3
    assert (pool.stats().crashes, pool.stats().kills, pool.stats().respawns) == (0, 0, 0)
    pool.close()


def test_a_worker_that_cannot_start_is_an_error_and_no_verdict(monkeypatch):
    """Else a missing package would score every correct answer 0, and nobody would know."""
    for boot, message in (
        (process._BOOT.replace("from", "import sys; sys.modules['sympy'] = None; from"), "sympy"),
        ("raise SystemExit(1) # {name} {path} {child} {fd} {job}", "without a word"),
    ):
        monkeypatch.setattr(process, "_BOOT", boot)
        pool = Pool(1, "verify", JOB)
        with pytest.raises(VerifierError, match=message):
            submit(pool, r"\sqrt{8}", r"2 \sqrt{2}").result(timeout=60)
        pool.close()


def test_the_worker_sees_no_secrets_and_an_empty_folder():
    done = run_script(
        """
        import os
        from envs.verify import verify
        from envs.verify.ask_algebra import pool as shared_pool
        assert verify(r"\\sqrt8", r"\\boxed{2\\sqrt2}").correct
        (pid,) = shared_pool().pids
        assert "s3cret" not in open(f"/proc/{pid}/environ").read()
        assert os.readlink(f"/proc/{pid}/cwd").endswith("(deleted)")
        assert os.listdir(f"/proc/{pid}/cwd") == []
        """,
        env={**os.environ, "API_TOKEN": "s3cret"},
    )
    assert done.returncode == 0, done.stderr
