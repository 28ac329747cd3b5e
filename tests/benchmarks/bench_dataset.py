"""Milliseconds until the first task of a prepared file, beside `datasets` on the same file.

    python tests/benchmarks/bench_dataset.py [--rows 50000] [--rounds 5]

Every round opens a copy of the file that this process has not seen; then the same environment is
made again and again, as one agent loop after another does; `datasets` makes its cache first, as it
does for every new file. Target: under 300 ms, and 5 ms again.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import datasets

import envs
from envs.dataset import prepared
from envs.dataset.row import Row

AGAIN = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    datasets.disable_progress_bars()
    ours, again, theirs = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "rows.parquet")
        prepared.write(made, _rows(args.rows), {"source": "made by bench_dataset.py"})
        for number in range(args.rounds):
            file = shutil.copy(made, Path(folder, f"{number}.parquet"))
            ours.append(_seconds(lambda file=file: _first_task(file)))
            again.append(_seconds(lambda file=file: [_first_task(file) for _ in range(AGAIN)]))
            cache = Path(folder, f"cache{number}")
            theirs.append(_seconds(lambda file=file, cache=cache: _their_row(file, cache)))
    print(f"{args.rows} rows, median (least to most) of {args.rounds} rounds")
    _show("first task", ours)
    _show("first task, made again", [seconds / AGAIN for seconds in again])
    _show("datasets: first row", theirs)
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"datasets takes {ratio:.1f} times as long as the first task")


def _rows(count: int) -> list[Row]:
    text = "word " * 60
    return [
        Row(f"train/{i}", "train", f"{text}{i}", str(i), float(i % 5), text * 5)
        for i in range(count)
    ]


def _first_task(file: str) -> None:
    envs.make("reasoning/Rows-v0", file=str(file)).reset(options={"index": 7})


def _their_row(file: str, cache: Path) -> None:
    rows = datasets.load_dataset("parquet", data_files=str(file), cache_dir=str(cache))["train"]
    assert rows[7]["answer"] == "7"


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _show(name: str, seconds: list[float]) -> None:
    low, middle, high = (f(seconds) * 1e3 for f in (min, statistics.median, max))
    print(f"{name:24s} {middle:8.2f} ms ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
