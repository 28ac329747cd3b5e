r"""Which answers do verifiers pay? Ours, math-verify, verl's scorers and GEM's on labelled cases.

    python tests/benchmarks/bench_verifier_accuracy.py [CASES.jsonl ...] [--gem PYTHON]

Without a path: our own case file and the public cases beside it. Every scorer runs in a process of
its own, in an empty folder; a case that takes longer than the deadline is killed and counts as an
error, as does one that raises. A scorer is given the cases in the format that it reads.

GEM pins other versions than verl, so it needs an environment of its own, whose interpreter --gem
names: python -m venv DIR; DIR/bin/pip install gem-llm pylatexenc datasets
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import selectors
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = [
    ROOT / "tests/envs/verify/cases/cases.jsonl",
    ROOT / "tests/envs/verify/data/verifier_cases.jsonl",
]
DEADLINE_S = 6.0
START_S = 120.0
MEMORY_BYTES = 8 << 30


# ---- the scorers; each function runs in the child and returns one that scores


def ours():
    from envs.verify import verify

    return lambda gold, response, kind: verify(gold, response, answer_format=kind).correct


def math_verify():
    from math_verify import parse, verify

    return lambda gold, response, kind: verify(parse(rf"\boxed{{{gold}}}"), parse(response))


def verl_math_verify():
    from verl.utils.reward_score.math_verify import compute_score

    return lambda gold, response, kind: compute_score(response, gold) > 0.5


def verl_math_dapo():
    from verl.utils.reward_score.math_dapo import compute_score

    def score(gold, response, kind):
        return compute_score(response, gold, strict_box_verify=True)["acc"]

    return score


def verl_math_reward():
    from verl.utils.reward_score.math_reward import compute_score

    return lambda gold, response, kind: compute_score(response, gold) > 0.5


def verl_prime_math():
    from verl.utils.reward_score.prime_math import compute_score

    return lambda gold, response, kind: compute_score(response, gold)[0]


def verl_gsm8k():
    from verl.utils.reward_score.gsm8k import compute_score

    return lambda gold, response, kind: compute_score(response, gold) > 0.5


def gem():
    from gem.utils.math_grader import boxed_reward_fn

    return lambda gold, response, kind: boxed_reward_fn(response, gold, fast=False)[1] > 0.5


BOXED, HASH, ALL = {"boxed"}, {"hash"}, {"boxed", "answer_tag", "hash"}
SCORERS = {
    "ours": (ours, BOXED),
    "math-verify 0.9.0, default": (math_verify, BOXED),
    "verl math_verify": (verl_math_verify, BOXED),
    "verl math_reward": (verl_math_reward, BOXED),
    "verl math_dapo, strict box": (verl_math_dapo, BOXED),
    "verl prime_math": (verl_prime_math, BOXED),
    "GEM": (gem, BOXED),
    "ours, ####": (ours, HASH),
    "verl gsm8k, ####": (verl_gsm8k, HASH),
    "ours, all formats": (ours, ALL),
}


# ---- child


def serve(name: str) -> None:
    """Score one case after another: JSON lines in, JSON lines out."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # scorers print
    score = SCORERS[name][0]()
    score(r"2\sqrt{3}", r"\boxed{\sqrt{12}}", "boxed")  # start-up is nobody's mistake
    print(json.dumps("ready"), file=replies, flush=True)
    for line in sys.stdin:
        case = json.loads(line)
        try:
            reply = bool(score(case["gold"], case["response"], case.get("format", "boxed")))
        except BaseException as error:  # some scorers raise what is no Exception
            reply = f"{type(error).__name__}: {error}"[:200]
        print(json.dumps(reply), file=replies, flush=True)


# ---- parent


class Child:
    """One scorer's process, started again after every kill."""

    def __init__(self, name: str, python: str, folder: str) -> None:
        self._command = [python, str(Path(__file__).resolve()), "--serve", name]
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def score(self, case: dict) -> bool | str:
        """Return the verdict, or a text that says what went wrong."""
        if self._process is None and (failure := self._start()):
            return failure
        reply = self._exchange(json.dumps(case), DEADLINE_S)
        if reply is None:
            self.stop()
            return "killed"
        return reply

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self) -> str:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )
        if self._exchange(None, START_S) == "ready":
            return ""
        self.stop()
        raise RuntimeError

    def _exchange(self, line: str | None, seconds: float) -> bool | str | None:
        if line is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(seconds):
                return None
        reply = self._process.stdout.readline()
        return json.loads(reply) if reply else None


def counts(name: str, python: str, cases: list[dict], verbose: bool) -> Counter | None:
    """Return how often the scorer was right and wrong, by kind of mistake; None if it is absent."""
    seen: Counter = Counter()
    with tempfile.TemporaryDirectory() as folder:
        child = Child(name, python, folder)
        try:
            for case in cases:
                outcome = _outcome(child.score(case), case["expected"])
                seen[outcome] += 1
                if verbose and outcome != "right":
                    print(f"  {name}: {outcome} {case['id']}", flush=True)
        except RuntimeError:
            return None
        finally:
            child.stop()
        seen["files"] = len(list(Path(folder).iterdir()))
    return seen


def _outcome(reply: bool | str, expected: int) -> str:
    if isinstance(reply, str):
        return "error"
    return "right" if reply == bool(expected) else f"false {int(reply)}"


def report(path: Path, gem_python: str, names: list[str], verbose: bool) -> None:
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    table = Table(title=f"{path.name}: {len(cases)} cases", title_justify="left")
    table.add_column("scorer")
    for column in ("cases", "false 1", "false 0", "error or hang", "right"):
        table.add_column(column, justify="right")
    notes = []
    for name in track(names, path.name, transient=True):
        formats = SCORERS[name][1]
        read = [case for case in cases if case.get("format", "boxed") in formats]
        if {case.get("format", "boxed") for case in read} != formats:
            continue  # this file has no such cases
        python = gem_python if name == "GEM" else sys.executable
        seen = counts(name, python, read, verbose) if python else None
        if seen is None:
            notes.append(
                f"{name} cannot be imported here" + (": see --gem." if name == "GEM" else ".")
            )
            continue
        if seen.pop("files"):
            notes.append(f"{name} ran code from an answer: it left files in its folder.")
        row = [seen["false 1"], seen["false 0"], seen["error"]]
        table.add_row(name, str(len(read)), *map(str, row), f"{seen['right'] / len(read):.1%}")
    console = Console()
    console.print(table)
    for note in notes:
        console.print(note)


def main() -> None:
    """Print one table per case file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", type=Path, default=CASES)
    parser.add_argument("--gem", default="", help="interpreter of an environment with gem-llm")
    parser.add_argument("--only", nargs="*", default=list(SCORERS), choices=list(SCORERS))
    parser.add_argument("--verbose", action="store_true", help="name every mistake")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    for path in arguments.paths:
        report(path, arguments.gem, arguments.only, arguments.verbose)


if __name__ == "__main__":
    main()
