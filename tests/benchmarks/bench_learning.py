"""Does the shipped recipe learn? Held-out pass@1 before and after, one run per seed.

    python tests/benchmarks/bench_learning.py [--seeds 0 1 2] [key=value ...]

The seed draws the tasks of both streams, their order and every sampled token; the warm start is the
same. pass@1 is the unbiased estimate over 8 samples per held-out problem, averaged over digits.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from recipes.launch import train
from recipes.runs import load

KEY = "val-credit/reasoning/Addition-v0/mean/pass@{}"


def main() -> None:
    """Train once per seed and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("overrides", nargs="*")
    arguments = parser.parse_args()
    console = Console()
    table = Table(title="held-out pass@k, mean over digits 1 to 4")
    for column in (
        "seed",
        "pass@1 before",
        "pass@1 after",
        "gain",
        "pass@8 before",
        "pass@8 after",
    ):
        table.add_column(column, justify="right")
    for seed in arguments.seeds:
        name = f"learning-seed{seed}"
        overrides = [f"data.env.seed={seed}", f"data.seed={seed + 1}", *arguments.overrides]
        if train("cpu_addition", overrides, name=name, console=console):
            raise SystemExit(f"seed {seed} failed")
        history = load(Path("outputs/cpu_addition") / name).history
        held_out = [row for row in history.values() if KEY.format(1) in row]
        first, last = held_out[0], held_out[-1]
        before, after = first[KEY.format(1)], last[KEY.format(1)]
        cells = (before, after, after - before, first[KEY.format(8)], last[KEY.format(8)])
        table.add_row(str(seed), *(f"{value:.3f}" for value in cells))
    console.print(table)


if __name__ == "__main__":
    main()
