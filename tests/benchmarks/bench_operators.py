"""Speed and memory of maxrl_gtpo_sepa_hicra against verl's grpo_vectorized.

    python tests/benchmarks/bench_operators.py [--threads N] [--rows 1024] [--slots 8192]

One run, one batch: float32, ragged lengths, 3% planning tokens, metrics included. The ratio is of
medians of the same run; ours and verl's take turns, so that other load on the machine meets both.
verl's makes one pass and knows no entropy. The second table is time and extra memory by size: at
its peak, beyond the answer, in MiB; and the straight line through the times.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from credit_plugins.batch import CreditBatch
from credit_plugins.config import build_chain

NAME = "maxrl_gtpo_sepa_hicra"
NUMBERS = {"sepa": {"lam": 0.5}}
GROUP = 16
ROUNDS = 15
POWERS = range(20, 28)


def make(rows: int, slots: int) -> CreditBatch:
    """Entropies like a model's: most tokens nearly certain, a tail up to a few nats.

    As logsumexp less a mean gives them, so some are negative by rounding and must be cleaned.
    """
    torch.manual_seed(0)
    mask_BT = torch.arange(slots) < torch.randint(slots // 8, slots + 1, (rows, 1))
    signals = {
        "entropy_BT": torch.where(mask_BT, torch.rand(rows, slots).pow(6) * 4 - 1e-7, 0.0),
        "planning_BT": (torch.rand(rows, slots) < 0.03) & mask_BT,
    }
    reward_B = (torch.rand(rows) < 0.3).float()
    group_B = torch.arange(rows) // GROUP
    return CreditBatch(reward_B, group_B, mask_BT, signals)


def verl_call(batch: CreditBatch) -> Callable[[], object]:
    """verl's grpo_vectorized on the same rewards, mask and groups."""
    from verl.trainer.ppo.core_algos import compute_grpo_vectorized_outcome_advantage as grpo

    last_B1 = (batch.mask_BT.sum(1, keepdim=True) - 1).clamp(min=0)
    reward_BT = torch.zeros(batch.mask_BT.shape)
    reward_BT.scatter_(1, last_B1, batch.reward_B[:, None])
    mask_BT, uid = batch.mask_BT.long(), np.array([f"{g}" for g in batch.group_B.tolist()])
    return lambda: grpo(reward_BT, mask_BT, uid)


def our_call(batch: CreditBatch) -> Callable[[], object]:
    """The chain on the batch."""
    chain = build_chain(NAME, NUMBERS)
    return lambda: chain(batch, chain.init_state())


def medians(calls: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each call; the calls take turns."""
    for call in calls.values():
        call()
    seen: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seen[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seen.items()}


def extra_memory(rows: int, slots: int) -> float:
    """MiB of one call at its peak beyond its answer, in a fresh process."""
    command = [sys.executable, __file__, "--peak", "--rows", f"{rows}", "--slots", f"{slots}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def print_peak(rows: int, slots: int) -> None:
    """The body of a fresh process: a small call first, so that only the batch counts."""
    our_call(make(64, slots))()
    batch = make(rows, slots)
    call = our_call(batch)
    gc.collect()
    # What the system has moved out of memory meanwhile comes back before the count starts.
    for x in (batch.mask_BT, *batch.signals.values()):
        x.sum()
    # The batch itself was made through larger intermediates: start from what is resident now.
    with open("/proc/self/clear_refs", "w") as file:  # noqa: PTH123
        file.write("5")
    before = resident("VmRSS")
    call()
    print((resident("VmHWM") - before - rows * slots * 4) / 2**20)


def resident(key: str) -> int:
    """Bytes of a line of /proc/self/status."""
    with open("/proc/self/status") as file:  # noqa: PTH123
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(key))


def compare(rows: int, slots: int, console: Console) -> None:
    """The first table."""
    batch = make(rows, slots)
    took = medians({"ours": our_call(batch), "verl": verl_call(batch)})
    table = Table(title=f"{rows} x {slots}, {torch.get_num_threads()} threads")
    for column in ("what", "ms", "over verl's"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for kind, text in {"ours": f"{NAME} with metrics", "verl": "verl's grpo_vectorized"}.items():
        table.add_row(text, f"{took[kind] * 1e3:.1f}", f"{took[kind] / took['verl']:.2f}")
    console.print(table)


def by_size(slots: int, console: Console) -> None:
    """Time and memory against slots, and the straight line through the times."""
    table = Table(title="cost by size")
    for column in ("slots", "ms", "ns per slot", "extra MiB"):
        table.add_column(column, justify="right")
    sizes, times = [], []
    for power in POWERS:
        rows = max(1, 2**power // slots)
        took = medians({"ours": our_call(make(rows, slots))}, rounds=5)["ours"]
        sizes.append(rows * slots)
        times.append(took)
        memory = f"{extra_memory(rows, slots):.0f}"
        table.add_row(f"2^{power}", f"{took * 1e3:.1f}", f"{took / sizes[-1] * 1e9:.2f}", memory)
    slope, constant = np.polyfit(sizes, times, 1)
    explained = np.corrcoef(sizes, times)[0, 1] ** 2
    console.print(table)
    console.print(f"{slope * 1e9:.2f} ns per slot + {constant * 1e3:.1f} ms, R^2 {explained:.4f}")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rows", type=int, default=1024)
    parser.add_argument("--slots", type=int, default=8192)
    parser.add_argument("--peak", action="store_true", help="used by the script itself")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.peak:
        print_peak(given.rows, given.slots)
        return
    console = Console()
    compare(given.rows, given.slots, console)
    by_size(given.slots, console)


if __name__ == "__main__":
    main()
