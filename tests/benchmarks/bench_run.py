"""Where the time of a finished run went, and what its engine agreed on.

    python tests/benchmarks/bench_run.py outputs/cpu_addition/<run>

Prints start-up, the stages of a step (medians), the share of the advantage stage, what a dump of
credit costs (the stage with one against the stage without), and the largest difference between
rollout and actor log-probabilities over all steps, i.e. after every weight sync.
"""

from __future__ import annotations

import json
import sys
from statistics import median

from rich.console import Console
from rich.table import Table

from recipes.runs import load

STAGES = ("gen", "old_log_prob", "adv", "update_actor", "update_weights", "step")


def main() -> None:
    """Print the table for the run folder given as the only argument."""
    run = load(sys.argv[1])
    phases = [json.loads(line) for line in run.timeline.read_text().splitlines()]
    steps = [data for data in run.history.values() if "timing_s/step" in data]
    table = Table(title=f"{run.path.name}: {len(steps)} steps")
    table.add_column("what")
    table.add_column("value", justify="right")
    for row in phases:
        table.add_row(f"{row['attempt']}: {row['phase']} after", f"{row['seconds']:.1f} s")
    for stage in STAGES:
        table.add_row(f"{stage}, median", f"{median(s[f'timing_s/{stage}'] for s in steps):.3f} s")
    # A checkpoint is saved inside verl's step timer, but not at every step.
    shares = [
        s["timing_s/adv"] / (s["timing_s/step"] - s.get("timing_s/save_checkpoint", 0.0))
        for s in steps
    ]
    table.add_row("advantage stage / step, median", f"{median(shares):.1%}")
    dumped = {int(file.stem.removeprefix("step_")) for file in run.dumps.glob("step_*.parquet")}
    with_dump = [s["timing_s/adv"] for step, s in run.history.items() if step in dumped]
    without = [
        s["timing_s/adv"]
        for step, s in run.history.items()
        if "timing_s/adv" in s and step not in dumped
    ]
    if with_dump and without:
        cost = median(with_dump) - median(without)
        a_step = cost * len(with_dump) / len(steps) / median(s["timing_s/step"] for s in steps)
        table.add_row(
            f"a dump, median of {len(with_dump)}", f"{cost:.3f} s: {a_step:.2%} of a step"
        )
    gaps = [
        s["training/rollout_probs_diff_max"]
        for s in steps
        if "training/rollout_probs_diff_max" in s
    ]
    if gaps:
        table.add_row("largest |p rollout - p actor| of a token", f"{max(gaps):.1e}")
    Console().print(table)


if __name__ == "__main__":
    main()
