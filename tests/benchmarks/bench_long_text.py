"""Seconds that long or hostile text keeps the caller's process busy, and how they grow.

    python tests/benchmarks/bench_long_text.py

Each text is judged at three lengths, by what runs before any worker is asked: extraction in every
format (up to a few hundred thousand characters), the cheap tiers and the final forms (up to 2,000,
which is all an answer may have). Targets: extraction grows like the length and the longest takes
less than a second; an answer less than half a second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from envs.forms import is_echo, is_number, is_surd, members
from envs.verify import ANSWER_FORMATS, extract
from envs.verify.compare.equivalence import decide

RESPONSES = {
    "open boxes": "\\boxed{", "boxes": r"\boxed{1} ", "braces": "{", "closing braces": "}",
    "backslashes": "\\", "thoughts": "<think>", "tags": "<answer>1</answer> ",
    "open tags": "<answer>", "hashes": "#### 1 ", "hash": "#", "hash lines": "#### 1\n",
}  # fmt: skip
ANSWERS = ["1", "(", r"\sqrt{", r"\frac{1}{", "-", "1+", "2^", "{", "1,", "x=", r"\text{", "a", "&",
           r"\pm", r"\sqrt[", "%", "!", r"\frac", "1_", "**", "12 345 ", "1/"]  # fmt: skip
GOLDS = ("42", r"\sqrt{2}", r"\{1,2\}", "x")


def extraction(text: str) -> None:
    for answer_format in ANSWER_FORMATS:
        extract(text, answer_format)


def cheap_tiers(text: str) -> None:
    for gold in GOLDS:
        decide(gold, text)
        decide(text, gold)


def final_forms(text: str) -> None:
    is_number(text), is_surd(text), members(text), is_echo(text, text, "1")


def seconds(judge: Callable[[str], None], text: str) -> float:
    start = time.process_time()
    judge(text)
    return time.process_time() - start


def measured() -> Iterator[tuple[str, float, list[float]]]:
    """Yield name, target in seconds, and the seconds at three lengths."""
    for name, piece in RESPONSES.items():
        lengths = (50_000, 100_000, 200_000)
        yield (
            f"extract {name}",
            1.0,
            [seconds(extraction, piece * (n // len(piece))) for n in lengths],
        )
    for piece in ANSWERS:
        texts = [piece * (n // len(piece)) for n in (500, 1000, 2000)]
        yield f"decide {piece!r}", 0.5, [seconds(cheap_tiers, text) for text in texts]
        yield f"forms {piece!r}", 0.5, [seconds(final_forms, text) for text in texts]


def main() -> None:
    missed = 0
    for name, target, spent in sorted(measured(), key=lambda row: -row[2][-1]):
        missed += spent[-1] > target
        print(f"{name:28}", *(f"{1e3 * s:9.2f} ms" for s in spent))
    print("met" if not missed else f"MISSED by {missed}")


if __name__ == "__main__":
    main()
