"""How fast the verifier is, and that hostile answers cost the others nothing.

    python tests/benchmarks/bench_verifier.py [--golds 200] [--calls 100000] [--only speed]

speed    answers per second of `verify` (this process and its worker, pinned to one core) over those
         of math-verify 0.9.0 in this process on the same core, on the same responses, alternating
         in rounds. Mix: 60% integers, 15% fractions and decimals, 25% symbolic; 16 answers to each
         gold, of which a group-dependent share is right, in several spellings; each response a few
         hundred characters with its answer in a box. Target: at least 5.
poison   1% of the load is hostile: calls answered within deadline + 50 ms from the moment a worker
         took them up, and correct answers lost. Targets: 100%, none.
memory   resident memory of this process and of the workers, and open files of both, over 100,000
         calls of that mix. Target: flat.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from pathlib import Path

from envs.verify import PoolStats, pool_stats, verify, verify_batch
from envs.verify.ask_algebra import pool as shared_pool

ANSWERS_PER_GOLD = 16
DEADLINE_S = 1.0
ROUNDS = 5
HOSTILE = (
    r"\sum_{k=1}^{1000000000} \frac{\sin(k^2 x)}{k}",
    r"x^{9^{9^{9}}}",
    r"\prod_{k=1}^{10000000} (k + x)",
    r"\sin(10^{100000000} x)",
)
PROSE = (
    "Let me restate what is asked and collect what is known before computing anything.",
    "We substitute the second relation into the first, so that $x^2 - 5x + 6 = 0$ remains.",
    "Therefore the discriminant is $b^2 - 4ac = 25 - 24 = 1$, which is positive.",
    "Wait, let me check the sign of the middle term again; it is indeed negative.",
    "Expanding $(a+b)^2 = a^2 + 2ab + b^2$ and comparing coefficients gives what we need.",
    "Adding the two cases, and noting that $\\frac{1}{2} + \\frac{1}{3} = \\frac{5}{6}$, we go on.",
)


# ---- the mix: one maker per kind returns (gold, right spellings, wrong answers)


def integer(rng: random.Random):
    n = rng.randrange(-999, 100_000)
    wrong = [str(n + d) for d in (1, -1, 2, 10, -10, 100)] + [f"{n}0"]
    return str(n), [str(n)] * 3 + [f"{n}.0", f"x = {n}"], wrong


def fraction(rng: random.Random):
    q = rng.choice([2, 3, 4, 5, 7, 8, 16, 25])
    p = rng.choice([i for i in range(1, 60) if i % 2 and i % 3 and i % 5 and i % 7])
    right = [rf"\frac{{{p}}}{{{q}}}", f"{p}/{q}", rf"\dfrac{{{2 * p}}}{{{2 * q}}}"]
    if 1000 % q == 0:
        right.append(str(p / q))
    wrong = [rf"\frac{{{p + 1}}}{{{q}}}", rf"\frac{{{q}}}{{{p}}}", str(round(p / q + 0.01, 2)), "1"]
    return right[0], right, wrong


def surd(rng: random.Random):
    k, n = rng.randrange(2, 40), rng.choice([2, 3, 5, 6, 7, 11, 13, 17, 19])
    right = [rf"{k}\sqrt{{{n}}}", rf"\sqrt{{{k * k * n}}}", rf"{k} \cdot \sqrt{{{n}}}"]
    wrong = [rf"{k + 1}\sqrt{{{n}}}", rf"{k}\sqrt{{{n + 4}}}", str(k * n), rf"\sqrt{{{k * n}}}"]
    return right[0], right, wrong


def polynomial(rng: random.Random):
    a, b, c = rng.sample(range(2, 30), 3)
    expanded = f"{a}x^2 + {a * b + c}x + {b * c}"
    right = [expanded, f"({a}x + {c})(x + {b})", f"{b * c} + {a * b + c}x + {a}x^2"]
    wrong = [f"{a}x^2 + {a * b + c + 1}x + {b * c}", f"({a}x + {b})(x + {c})", f"{a}x^2 - {b}", "0"]
    return expanded, right, wrong


def multiple_of_pi(rng: random.Random):
    p, q = rng.randrange(1, 200), rng.choice([7, 11, 13])
    right = [rf"\frac{{{p}\pi}}{{{q}}}", rf"\frac{{{p}}}{{{q}}}\pi", rf"{p}\pi/{q}"]
    decimal = f"{3.14 * p / q:.2f}"
    wrong = [rf"\frac{{{p}\pi}}{{{q + 1}}}", rf"\frac{{{p}}}{{{q}}}", rf"{q}\pi", decimal]
    return right[0], right, wrong


def function(rng: random.Random):
    k, m = rng.randrange(2, 20), rng.randrange(2, 20)
    right = [rf"e^{{{k}x}} + {m}\sin x", rf"{m}\sin(x) + e^{{{k}x}}", rf"{m}\sin x + \exp({k}x)"]
    wrong = [rf"e^{{{k}x}} + {m}\cos x", rf"e^{{{k}x}} - {m}\sin x", rf"{k}e^x + \sin x", "0"]
    return right[0], right, wrong


def groups(count: int, seed: int = 0) -> list[tuple[str, list[str], list[bool]]]:
    """Return (gold, responses, expected) per problem, in the proportions of the mix."""
    rng = random.Random(seed)
    symbolic = (surd, polynomial, multiple_of_pi, function)
    made = []
    for i in range(count):
        share = i % 20
        maker = integer if share < 12 else fraction if share < 15 else symbolic[i % 4]
        gold, right, wrong = maker(rng)
        skill = rng.betavariate(0.7, 0.7)
        expected = [rng.random() < skill for _ in range(ANSWERS_PER_GOLD)]
        responses = [response(rng, rng.choice(right if good else wrong)) for good in expected]
        made.append((gold, responses, expected))
    return made


def response(rng: random.Random, answer: str) -> str:
    return " ".join([*rng.sample(PROSE, 4), rf"So the final answer is $\boxed{{{answer}}}$."])


# ---- speed


def speed(count: int) -> bool:
    from math_verify import parse
    from math_verify import verify as mv_verify

    # As its users call it: parse(gold), parse(response), verify, each within its own alarm.
    def theirs(gold: str, responses: list[str]) -> list[bool]:
        return [mv_verify(parse(rf"$\boxed{{{gold}}}$"), parse(text)) for text in responses]

    def theirs_gold_once(gold: str, responses: list[str]) -> list[bool]:
        parsed = parse(rf"$\boxed{{{gold}}}$")
        return [mv_verify(parsed, parse(text)) for text in responses]

    def ours(gold: str, responses: list[str]) -> list[bool]:
        return [verify(gold, text).correct for text in responses]

    rivals = {"ours": ours, "math-verify": theirs, "math-verify, gold once": theirs_gold_once}
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for judge in rivals.values():
        judge(r"\sqrt8", [r"So it is $\boxed{2\sqrt2}$."])  # start-up is not what is measured
    made, before = groups(count), pool_stats()
    clocks = [dict.fromkeys(rivals, 0.0) for _ in range(ROUNDS)]
    right = dict.fromkeys(rivals, 0)
    for i, (gold, responses, expected) in enumerate(made):
        for name, judge in rivals.items():
            start = time.perf_counter()
            said = judge(gold, responses)
            clocks[i % ROUNDS][name] += time.perf_counter() - start
            right[name] += sum(s == e for s, e in zip(said, expected, strict=True))
    return _report_speed(clocks, right, count * ANSWERS_PER_GOLD, before)


def _report_speed(
    clocks: list[dict[str, float]], right: dict[str, int], calls: int, before: PoolStats
) -> bool:
    total = {name: sum(clock[name] for clock in clocks) for name in right}
    print(f"speed: {calls} answers, {ANSWERS_PER_GOLD} to a gold, on one core")
    print("                              answers/s   ms each   as intended")
    for name, seconds in total.items():
        rate, ms = calls / seconds, seconds / calls * 1e3
        print(f"  {name:26s}  {rate:9.0f}  {ms:8.3f}  {right[name] / calls:12.2%}")
    for name in ("math-verify", "math-verify, gold once"):
        rounds = ", ".join(f"{clock[name] / clock['ours']:.1f}" for clock in clocks)
        print(f"  {name} / ours: {total[name] / total['ours']:.1f} (rounds: {rounds})")
    stats = pool_stats()
    asked, known = stats.calls - before.calls, stats.memo_hits - before.memo_hits
    print(f"  {asked} answers reached the worker; {known} more were known by then; target ratio 5")
    return total["math-verify"] / total["ours"] >= 5


# ---- poison


def poison(count: int) -> bool:
    rng = random.Random(2)
    golds, texts, expected, hostile = [], [], [], []
    for gold, responses, truth in groups(count, seed=1):
        for text, good in zip(responses, truth, strict=True):
            n = len(golds)
            bad = rng.random() < 0.01
            golds.append(rf"\sqrt{{2}} x + {n}" if bad else gold)
            texts.append(response(rng, f"{rng.choice(HOSTILE)} + {n}") if bad else text)
            expected.append(good and not bad)
            hostile.append(bad)
    before, start = pool_stats(), time.perf_counter()
    verdicts = verify_batch(golds, texts, timeout=DEADLINE_S)
    seconds, stats = time.perf_counter() - start, pool_stats()
    took = [v.elapsed_ms / 1e3 for v in verdicts]
    in_time = sum(t <= DEADLINE_S + 0.05 for t in took) / len(took)
    lost = sum(e and not v.correct for v, e in zip(verdicts, expected, strict=True))
    paid = sum(v.correct for v, bad in zip(verdicts, hostile, strict=True) if bad)
    print(f"poison: {len(golds)} calls, {sum(hostile)} of them hostile, deadline {DEADLINE_S} s")
    print(f"  within deadline + 50 ms: {in_time:.2%} (slowest {max(took):.3f} s); target 100%")
    print(f"  correct answers lost: {lost} of {sum(expected)}; hostile answers paid: {paid}")
    counts = {
        name: getattr(stats, name) - getattr(before, name)
        for name in ("timeouts", "memory", "kills", "respawns", "crashes")
    }
    print(f"  {seconds:.1f} s in all; {', '.join(f'{name} {n}' for name, n in counts.items())}")
    print(f"  p95: {stats.queue_wait_p95_s:.2f} s in the queue, {stats.verify_p95_s:.2f} s at work")
    return in_time == 1.0 and lost == paid == 0


# ---- memory


def memory(calls: int) -> bool:
    """Memory after a tenth of the calls, when every cache is warm, and at the end."""
    step = calls // 10
    rows, done, seed = [], 0, 100
    print(f"memory: {calls} calls")
    print("     calls   parent MB  workers MB  parent fds  worker fds")
    while done < calls:
        for gold, responses, _ in groups(step // ANSWERS_PER_GOLD, seed := seed + 1):
            verify_batch([gold] * len(responses), responses)
            done += len(responses)
        rows.append(_usage())
        print("  {:8d}  {:10.1f}  {:10.1f}  {:10d}  {:10d}".format(done, *rows[-1]), flush=True)
    first, last = rows[len(rows) // 2], rows[-1]
    growth = [b - a for a, b in zip(first, last, strict=True)]
    print(f"  growth over the second half: parent {growth[0]:+.1f} MB, workers {growth[1]:+.1f} MB")
    return growth[0] < 5 and growth[1] < 20 and rows[0][2:] == last[2:]


def _usage() -> tuple[float, float, int, int]:
    workers = [pid for outer in shared_pool().pids for pid in (outer, *_children(outer))]
    return (
        _resident_mb(os.getpid()),
        sum(map(_resident_mb, workers)),
        _open_files(os.getpid()),
        sum(map(_open_files, workers)),
    )


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def _open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--golds", type=int, default=200)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--only", choices=("speed", "poison", "memory"))
    args = parser.parse_args()
    parts = {
        "speed": lambda: speed(args.golds),
        "poison": lambda: poison(args.golds),
        "memory": lambda: memory(args.calls),
    }
    if args.only:
        print("met" if parts[args.only]() else "MISSED", flush=True)
        return
    for name in parts:  # each in its own process: none is to find the caches of another warm
        subprocess.run([sys.executable, *sys.argv, "--only", name], check=True)


if __name__ == "__main__":
    main()
