"""Judge hostile strings under an audit hook and print what was seen; run by `test_audit`.

python tests/envs/audited_run.py COUNT
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

import audit_hook  # noqa: E402
import hostile  # noqa: E402

from envs.verify import final_answer  # noqa: E402
from envs.verify.answer.parse import read  # noqa: E402
from envs.verify.ask_algebra import JOB, ask_equal  # noqa: E402
from envs.verify.compare.equivalence import decide  # noqa: E402
from envs.verify.workers import process  # noqa: E402
from envs.verify.workers.pool import Pool  # noqa: E402

DEADLINE_S = 0.25
TIMEOUT_S = 3.0
HARMLESS = ("43", r"\frac{3}{2}", "x^2+1", r"2\pi+1", r"\sqrt{3}x", "1.5x", r"\sin x", "x>3",
            r"e^{i\pi}", "0<x<1", "(0, x)", r"\{x\}", r"\log_2 x", "x!", "|x|", "y=x")  # fmt: skip
FORMATS = ("boxed", "boxed", "boxed", "answer_tag", "hash")


def strings(count: int) -> list[tuple[str, str, str]]:
    """Return (gold, response, answer format): the public cases, and generated ones."""
    rng = random.Random(1)
    cases = [json.loads(line) for line in (HERE / "verify/data/verifier_cases.jsonl").open()]
    made = [(case["gold"], case["response"], "boxed") for case in cases if not case["expected"]]
    for text in itertools.islice(hostile.hostile(seed=0), count):
        marked = {"boxed": text, "answer_tag": f"<answer>{text}</answer>", "hash": f"#### {text}"}
        form = rng.choice(FORMATS)
        made.append((rng.choice(hostile.GOLDS), marked[form], form))
    return made


def main(count: int) -> None:
    process._BOOT = process._BOOT.replace(
        "serve({fd}", "import audit_hook; audit_hook.install({fd}); serve({fd}"
    )
    pool, watch = Pool(1, "verify", JOB), audit_hook.Watch()
    for gold, text in itertools.product(hostile.GOLDS, HARMLESS):
        ask_equal(gold, text, TIMEOUT_S, pool).result()  # what is loaded late is loaded now
        decide(gold, text)
    report = {"strings": 0, "events": [], "paid": [], "slowest_s": 0.0, "outcomes": Counter()}
    asked: list[tuple[tuple[str, str, str], Future]] = []
    for case in strings(count):
        gold, response, form = case
        start = time.thread_time()
        watch.on = True
        found = final_answer(response, form)
        if not found.problem:
            read(found.text).canonical()
            cheap = decide(gold, found.text)
        watch.on = False
        report["slowest_s"] = max(report["slowest_s"], time.thread_time() - start)
        report["strings"] += 1
        if found.problem or cheap.correct is not None:
            outcome = found.problem or ("paid" if cheap.correct else "wrong")
            report["outcomes"][outcome] += 1
            report["paid"] += [case] * (outcome == "paid")
        else:
            asked.append((case, ask_equal(gold, found.text, DEADLINE_S, pool)))
    for text in hostile._CALLS:
        for wrapper in ("%s", "(%s, 2)", r"\sqrt{%s}"):
            asked.append(
                (
                    ("", wrapper % text, "raw"),
                    ask_equal("42", "raw " + wrapper % text, TIMEOUT_S, pool),
                )
            )
    for case, future in asked:
        reply = future.result()
        outcome = reply.get("error") or ("paid" if reply["correct"] else "wrong")
        if outcome.startswith("audit"):
            report["events"].append((outcome, case))
            outcome = "audit"
        report["outcomes"][f"worker: {outcome}"] += 1
        report["paid"] += [case] * (outcome == "paid")
    report["events"] += watch.seen
    watch.on = True
    eval("len('')")
    watch.on = False
    report["controls"] = [
        watch.seen[-1:],
        ask_equal("42", audit_hook.CONTROL, TIMEOUT_S, pool).result(),
    ]
    print(json.dumps(report))


if __name__ == "__main__":
    main(int(sys.argv[1]))
