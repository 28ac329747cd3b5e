"""Speed of maxrl_gtpo_sepa_hicra against verl's grpo_vectorized and against plain Python lists.

    python tests/benchmarks/bench_operators.py [--threads N] [--rows 1024] [--slots 8192]
                                               [--device cuda]

One run, one batch: float32, ragged lengths, 3% planning tokens. Ratios are of medians of the same
run; ours, verl's and the copy take turns, so that other load on the machine meets all of them. The
slow ones come after: they leave hundreds of MiB for the operating system to clear. The floor is
what must move at least, 10 bytes per slot (entropy, two masks, advantage), at the speed of the
copy. Lists are measured with our metrics and with what the SEPA author's package logs, from lists
and from verl's tensors and back. The last table is the linear fit from 2^16 to 2^24 tokens.
"""

from __future__ import annotations

import argparse
import gc
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from plain_lists import Numbers, Rollouts, by_package, with_all_metrics
from rich.console import Console
from rich.table import Table

from credit_plugins.batch import CreditBatch
from credit_plugins.config import build_estimator

NAME = "maxrl_gtpo_sepa_hicra"
NUMBERS = {"sepa": {"schedule": "constant", "value": 0.5, "gate": 0.0}}
GROUP = 16
ROUNDS = 15
SLOW_ROUNDS = 3
LISTS = {
    "lists": "plain Python lists, the same metrics",
    "lists_tensors": "those, from tensors and back",
    "package": "lists, what the SEPA author's package logs",
    "package_tensors": "those, from tensors and back",
}


def make(rows: int, slots: int, device: str = "cpu") -> CreditBatch:
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
    moved = {name: x.to(device) for name, x in signals.items()}
    return CreditBatch(reward_B.to(device), group_B.to(device), mask_BT.to(device), moved)


def verl_call(batch: CreditBatch) -> Callable[[], object]:
    """verl's grpo_vectorized on the same rewards, mask and groups."""
    from verl.trainer.ppo.core_algos import compute_grpo_vectorized_outcome_advantage as grpo

    last_B1 = (batch.mask_BT.sum(1, keepdim=True) - 1).clamp(min=0)
    reward_BT = torch.zeros(batch.mask_BT.shape, device=batch.mask_BT.device)
    reward_BT.scatter_(1, last_B1, batch.reward_B[:, None])
    mask_BT, uid = batch.mask_BT.long(), np.array([f"{g}" for g in batch.group_B.tolist()])
    return lambda: grpo(reward_BT, mask_BT, uid)


def to_lists(batch: CreditBatch) -> Rollouts:
    """The batch as a sampler would give it to the SEPA author's package."""

    def of(x_BT: torch.Tensor) -> list[list]:
        return [row[mask].tolist() for row, mask in zip(x_BT, batch.mask_BT, strict=True)]

    entropy, planning = (of(batch.signals[key]) for key in ("entropy_BT", "planning_BT"))
    return Rollouts(batch.reward_B.tolist(), batch.group_B.tolist(), entropy, planning)


def to_tensor(answer: list[list[float]], mask_BT: torch.Tensor) -> torch.Tensor:
    """The lists' advantages as verl needs them."""
    adv_BT = torch.zeros(mask_BT.shape)
    for adv, mask, row in zip(adv_BT, mask_BT, answer, strict=True):
        adv[mask] = torch.tensor(row)
    return adv_BT


def list_calls(batch: CreditBatch) -> dict[str, Callable[[], object]]:
    """Plain Python: what the package logs or what we log, from lists or from tensors."""
    rollouts, numbers = to_lists(batch), Numbers()
    return {
        "package": lambda: by_package(rollouts, numbers),
        "lists": lambda: with_all_metrics(rollouts, numbers),
        "package_tensors": lambda: to_tensor(
            by_package(to_lists(batch), numbers)[0], batch.mask_BT
        ),
        "lists_tensors": lambda: to_tensor(
            with_all_metrics(to_lists(batch), numbers)[0], batch.mask_BT
        ),
    }


def medians(calls: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each call; the calls take turns."""
    for call in calls.values():
        call()
    seen: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            _wait()
            start = time.perf_counter()
            call()
            _wait()
            seen[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seen.items()}


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def peak_of(kind: str, batch: CreditBatch) -> float:
    """Extra bytes of one call at its peak, over one [B,T] float32 tensor."""
    rows, slots = batch.mask_BT.shape
    if batch.mask_BT.is_cuda:
        call = call_on(kind, batch)
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        call()
        return (torch.cuda.max_memory_allocated() - before) / (rows * slots * 4)
    command = [sys.executable, __file__, "--peak", kind, "--rows", f"{rows}", "--slots", f"{slots}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def print_peak(kind: str, rows: int, slots: int) -> None:
    """The body of a fresh process: a small call first, so that only the batch counts."""
    call_on(kind, make(16, slots))()
    batch = make(rows, slots)
    call = call_on(kind, batch)
    gc.collect()
    # The batch itself was made through larger intermediates: start from what is resident now.
    with open("/proc/self/clear_refs", "w") as file:  # noqa: PTH123
        file.write("5")
    before = resident("VmRSS")
    call()
    print((resident("VmHWM") - before) / (rows * slots * 4))


def resident(key: str) -> int:
    """Bytes of a line of /proc/self/status; getrusage where there is none."""
    try:
        with open("/proc/self/status") as file:  # noqa: PTH123
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(key))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def call_on(kind: str, batch: CreditBatch) -> Callable[[], object]:
    """One of the things measured."""
    if kind == "verl":
        return verl_call(batch)
    estimator = build_estimator(NAME, NUMBERS)
    run = estimator if kind == "fused" else estimator.by_operators
    return lambda: run(batch, estimator.init_state())


def compare(rows: int, slots: int, device: str, console: Console) -> None:
    """The first table."""
    batch = make(rows, slots, device)
    copied = torch.empty(rows, slots, device=device)
    calls = {kind: call_on(kind, batch) for kind in ("fused", "verl")}
    calls["copy"] = lambda: copied.copy_(batch.signals["entropy_BT"])
    took = medians(calls)
    slow = {"operators": call_on("operators", batch)}
    took["floor"] = took["copy"] * 10 / 8
    says = {
        "fused": f"{NAME}, metrics included",
        "operators": "the same, operator by operator",
        "verl": "verl's grpo_vectorized",
        "copy": f"copy of one [B,T] float32 ({copied.nbytes * 2 / took['copy'] / 1e9:.0f} GB/s)",
        "floor": "floor: 10 bytes per slot at that speed",
    }
    if device == "cpu":
        slow |= list_calls(batch)
        says |= LISTS
    took |= medians(slow, SLOW_ROUNDS)
    threads = f", {torch.get_num_threads()} threads" if device == "cpu" else ""
    table = Table(title=f"{rows} x {slots}, {device}{threads}")
    for column in ("what", "ms", "over fused", "peak / one [B,T] float32"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for kind, text in says.items():
        peak = f"{peak_of(kind, batch):.2f}" if kind in ("fused", "operators", "verl") else ""
        ratio = took[kind] / took["fused"]
        table.add_row(text, f"{took[kind] * 1e3:.2f}", f"{ratio:.2f}", peak)
    console.print(table)


def fit(slots: int, device: str, console: Console) -> None:
    """Time against tokens, and the straight line through it."""
    table = Table(title="cost in tokens")
    for column in ("tokens", "ms", "ns per token"):
        table.add_column(column, justify="right")
    sizes, times = [], []
    for power in range(16, 25):
        rows = max(1, 2**power // slots)
        took = medians({"fused": call_on("fused", make(rows, slots, device))})["fused"]
        sizes.append(rows * slots)
        times.append(took)
        table.add_row(f"2^{power}", f"{took * 1e3:.2f}", f"{took / sizes[-1] * 1e9:.2f}")
    exponent = np.polyfit(np.log(sizes[2:]), np.log(times[2:]), 1)[0]
    slope, constant = np.polyfit(sizes, times, 1)
    explained = np.corrcoef(sizes, times)[0, 1] ** 2
    console.print(table)
    console.print(
        f"{slope * 1e9:.2f} ns per token + {constant * 1e3:.2f} ms, R^2 {explained:.5f}; "
        f"log-log slope from 2^18: {exponent:.2f}"
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rows", type=int, default=1024)
    parser.add_argument("--slots", type=int, default=8192)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--peak", choices=("fused", "operators", "verl"))
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if given.peak:
        print_peak(given.peak, given.rows, given.slots)
        return
    console = Console()
    compare(given.rows, given.slots, given.device, console)
    fit(given.slots, given.device, console)


if __name__ == "__main__":
    main()
