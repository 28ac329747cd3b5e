r"""Which answers do verifiers pay? Ours, math-verify, verl's scorers and GEM's on labelled cases.

    python tests/benchmarks/bench_verifier_accuracy.py [CASES.jsonl ...] [--gem PYTHON]

Without a path: what real models wrote, labelled, where it is at hand (../shared/data); our own case
file; and the public cases beside it. Of real answers the first table gives mistakes per 1,000 with
95% Wilson intervals, the second one counts by source. Every scorer runs in a process of
its own, in an empty folder; a case that takes longer than the deadline is killed and counts as an
error, as does one that raises. A scorer is given the cases in the format that it reads.

GEM pins other versions than verl, so it needs an environment of its own, whose interpreter --gem
names: python -m venv DIR; DIR/bin/pip install gem-llm pylatexenc datasets
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import resource
import selectors
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from scorers import SCORERS

if TYPE_CHECKING:
    from rich.table import Table

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared/data/real_outputs.jsonl.gz"
EXACT_PERCENT = ("ktae_minerva",)
"""Sources whose sets do not take 20% for 20; GSM8K, MATH and their kin do."""
CASES = [
    *([REAL] if REAL.exists() else []),
    ROOT / "tests/envs/verify/cases/cases.jsonl",
    ROOT / "tests/envs/verify/data/verifier_cases.jsonl",
]
DEADLINE_S = 6.0
START_S = 120.0
MEMORY_BYTES = 8 << 30


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
            rule = {"percent": case["percent"]} if name.startswith("ours") else {}
            reply = bool(score(case["gold"], case["response"], case["format"], **rule))
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


def read_cases(path: Path) -> list[dict]:
    """Cases of either kind of file in one form."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        {
            "id": row["id"],
            "gold": row["gold"],
            "response": row["response"],
            "format": row.get("answer_format", row.get("format", "boxed")),
            "expected": bool(row["right"] if "right" in row else row["expected"]),
            "source": row.get("source", ""),
            "percent": "strip"
            if "right" in row and row["source"] not in EXACT_PERCENT
            else "exact",
        }
        for row in rows
    ]


def outcomes(name: str, python: str, cases: list[dict], verbose: bool) -> tuple[list[str], int]:
    """What the scorer made of each case, and how many files it left in its folder."""
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        child = Child(name, python, folder)
        try:
            for case in cases:
                seen.append(_outcome(child.score(case), case["expected"]))
                if verbose and seen[-1] != "right":
                    print(f"  {name}: {seen[-1]} {case['id']}", flush=True)
        finally:
            child.stop()
        return seen, len(list(Path(folder).iterdir()))


def _outcome(reply: bool | str, expected: bool) -> str:
    if isinstance(reply, str):
        return "error"
    return "right" if reply == expected else f"false {int(reply)}"


def wilson(count: int, of: int) -> str:
    """Mistakes per 1,000 with the 95% Wilson interval."""
    z = 1.96
    share = count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = max(0.0, middle - half), middle + half
    return f"{1e3 * share:.2f} ({1e3 * low:.2f} to {1e3 * high:.2f})"


def report(path: Path, gem_python: str, names: list[str], verbose: bool) -> None:
    from rich.console import Console
    from rich.progress import track
    from rich.table import Table

    cases = read_cases(path)
    real = any(case["source"] for case in cases)
    table = Table(title=f"{path.name}: {len(cases)} cases", title_justify="left")
    table.add_column("scorer")
    unit = " per 1,000" if real else ""
    for column in ("cases", f"false 1{unit}", f"false 0{unit}", "error or hang", "right"):
        table.add_column(column, justify="right")
    notes, by_source = [], {}
    for name in track(names, path.name, transient=True):
        formats = SCORERS[name][1]
        read = [case for case in cases if case["format"] in formats]
        if {case["format"] for case in read} != formats:
            continue  # this file has no such cases
        python = gem_python if name == "GEM" else sys.executable
        try:
            found, files = outcomes(name, python, read, verbose) if python else ([], 0)
        except RuntimeError:
            found, files = [], 0
        if not found:
            notes.append(
                f"{name} cannot be imported here" + (": see --gem." if name == "GEM" else ".")
            )
            continue
        if files:
            notes.append(f"{name} ran code from an answer: it left files in its folder.")
        seen = Counter(found)
        by_source[name] = Counter(
            (case["source"], outcome) for case, outcome in zip(read, found, strict=True)
        )
        mistakes = [seen["false 1"], seen["false 0"]]
        shown = [wilson(count, len(read)) if real else str(count) for count in mistakes]
        right = f"{seen['right'] / len(read):.1%}"
        table.add_row(name, str(len(read)), *shown, str(seen["error"]), right)
    console = Console()
    console.print(table)
    if real:
        console.print(_sources(cases, by_source))
    for note in notes:
        console.print(note)


def _sources(cases: list[dict], by_source: dict[str, Counter]) -> Table:
    """False 1s / false 0s of each scorer in each source."""
    from rich.table import Table

    table = Table(title="false 1 / false 0 by source", title_justify="left")
    table.add_column("source")
    table.add_column("cases", justify="right")
    for name in by_source:
        table.add_column(name, justify="right")
    for source, size in sorted(Counter(case["source"] for case in cases).items()):
        cells = []
        for seen in by_source.values():
            asked = any(key[0] == source for key in seen)
            cells.append(f"{seen[source, 'false 1']} / {seen[source, 'false 0']}" if asked else "")
        table.add_row(source, str(size), *cells)
    return table


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
