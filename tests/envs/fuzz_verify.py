"""Fuzz the verifier with coverage feedback.

    python tests/envs/fuzz_verify.py [--seconds 60]

Needs atheris (`pip install atheris`); without it this says so and ends. Extraction and the cheap
tiers run in this process, instrumented; what they leave open goes to the real worker. Broken are:
an exception, one answer that equals two different golds, more than SLOW_S seconds of the caller's
time, a worker that dies other than by its deadline. An input that breaks something is written to
the folder the command runs in.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

DEADLINE_S = 0.2
# Counting coverage makes the code 20 times slower; without it test_audit.py allows half a second.
SLOW_S = 5.0
ASK_WORKER_EVERY = 20  # inputs: a worker is a hundred times slower than the tiers before it
counts = {"inputs": 0, "answers": 0, "asked": 0, "paid": 0, "timeouts": 0}


def judge(data: bytes) -> None:
    """Judge one input against every gold; report shortly before the end, which is abrupt."""
    global report_at
    text = data.decode("utf-8", "surrogateescape")
    response = text if "boxed" in text else rf"\boxed{{{text}}}"
    counts["inputs"] += 1
    start = time.thread_time()
    found = final_answer(response)
    if not found.problem:
        counts["answers"] += 1
        read(found.text).canonical()
        decisions = [decide(gold, found.text).correct for gold in hostile.GOLDS]
        paid = [g for g, correct in zip(hostile.GOLDS, decisions, strict=True) if correct]
        unknown = [
            g for g, correct in zip(hostile.GOLDS, decisions, strict=True) if correct is None
        ]
        if unknown and counts["answers"] % ASK_WORKER_EVERY == 0:
            paid += _asked(unknown, found.text)
        counts["paid"] += len(paid)
        assert len(paid) < 2, f"{found.text!r} is paid against {paid}"
    assert time.thread_time() - start < SLOW_S, f"slow: {response[:200]!r}"
    if time.monotonic() > report_at:
        print(f"within {seconds} s: {counts}", flush=True)
        report_at = float("inf")


def _asked(golds: list[str], answer: str) -> list[str]:
    replies = [(gold, ask_equal(gold, answer, DEADLINE_S, pool)) for gold in golds]
    counts["asked"] += len(replies)
    paid = []
    for gold, future in replies:
        reply = future.result()
        counts["timeouts"] += reply.get("error") == "timeout"
        assert reply.get("error") != "crash", f"{answer!r} kills the worker"
        paid += [gold] * (reply.get("correct") is True)
    return paid


def main() -> None:
    with tempfile.TemporaryDirectory() as corpus:
        for i, text in enumerate(itertools.islice(hostile.hostile(seed=7), 400)):
            seed = text.encode("utf-8", "surrogateescape" if _escapable(text) else "replace")
            (Path(corpus) / str(i)).write_bytes(seed[:2000])
        options = [f"-max_total_time={seconds}", "-max_len=2000", "-timeout=20", "-verbosity=0"]
        atheris.Setup([sys.argv[0], *options, corpus], judge)
        atheris.Fuzz()  # ends this process


def _escapable(text: str) -> bool:
    return all(not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff" for c in text)


if __name__ == "__main__":
    try:
        import atheris
    except ImportError:
        print("skipped: atheris is not installed (pip install atheris)")
        sys.exit(0)
    with atheris.instrument_imports(include=["envs.verify"]):
        from envs.verify import final_answer
        from envs.verify.answer.parse import read
        from envs.verify.ask_algebra import JOB, ask_equal
        from envs.verify.compare.equivalence import decide
    import hostile

    from envs.verify.workers.pool import Pool

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60)
    seconds = parser.parse_args().seconds
    report_at = time.monotonic() + seconds - 2
    pool = Pool(1, "verify", JOB)
    main()
