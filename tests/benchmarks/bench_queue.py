"""The advantage stage as verl runs it, queue included: grpo against maxrl_gtpo_sepa_hicra.

    python tests/benchmarks/bench_queue.py [--powers 20 21 ... 25] [--slots 8192]

Starts Ray and verl's TransferQueue with one storage unit on this machine, fills the queue with a
batch as the log-prob pass leaves it, and calls verl's own ``PPOTrainer._compute_advantage``: with
verl's estimator, and with ours in the context that our trainer provides. Seconds are medians of the
same run; round trips are reads of our estimator; memory is what the process holds at its peak
beyond what it held before.
"""

from __future__ import annotations

import argparse
import statistics
import time
from types import SimpleNamespace
from typing import Any

import ray
import torch
from bench_operators import resident
from omegaconf import OmegaConf
from rich.console import Console
from rich.table import Table

from credit_plugins.config import build_chain
from credit_plugins.planning import PieceTable
from credit_plugins.verl_adapter import estimators
from credit_plugins.verl_adapter.context import StepContext, providing
from credit_plugins.verl_adapter.entropies import Entropies

NAME = "maxrl_gtpo_sepa_hicra"
GROUP = 16
WORDS = 2**15


def nested(rows: list[torch.Tensor]) -> torch.Tensor:
    """Rows of different lengths as the queue holds them."""
    return torch.nested.as_nested_tensor(rows, layout=torch.jagged)


def fill(rows: int, slots: int) -> Any:
    """Put a batch into the queue and return verl's handle of it."""
    import transfer_queue as tq
    from tensordict import NonTensorStack, TensorDict

    torch.manual_seed(0)
    lengths = torch.randint(slots // 8, slots + 1, (rows,)).tolist()
    rewards = (torch.rand(rows) < 0.3).float()
    scores = [torch.zeros(n) for n in lengths]
    for score, reward in zip(scores, rewards, strict=True):
        score[-1] = reward
    surprisals = [torch.rand(n).pow(6) * 4 for n in lengths]
    fields = {
        "uid": NonTensorStack(*(f"g{i // GROUP}" for i in range(rows))),
        "response_mask": nested([torch.ones(n, dtype=torch.long) for n in lengths]),
        "rm_scores": nested(scores),
        "rollout_log_probs": nested([-s for s in surprisals]),
        "old_log_probs": nested([-s for s in surprisals]),
        "entropy": nested([s.clone() for s in surprisals]),
        "responses": nested([torch.randint(0, WORDS, (n,)) for n in lengths]),
    }
    keys = [f"g{i // GROUP}_{i % GROUP}_0" for i in range(rows)]
    data = TensorDict(fields, batch_size=[rows])
    return tq.kv_batch_put(keys=keys, partition_id="train", fields=data, tags=[{}] * rows)


def stage(batch: Any, name: str) -> tuple[float, int]:
    """Seconds of verl's stage with one estimator, and our reads."""
    from verl.trainer.ppo.v1.trainer_base import PPOTrainer

    credit = {"sepa": {"lam": 0.5}}
    config = OmegaConf.create(
        {
            "algorithm": {
                "adv_estimator": name, "gamma": 1.0, "lam": 1.0, "use_kl_in_reward": False,
                "credit": credit,
            },
            "actor_rollout_ref": {"rollout": {"n": GROUP}},
        }
    )  # fmt: skip
    trainer = SimpleNamespace(config=config)
    chain = build_chain(NAME, credit)
    words = [f" w{i}".encode() for i in range(WORDS)]
    table = PieceTable((*words, b"\x00"))
    entropies = Entropies(fused=False, vocabulary=WORDS)
    step = StepContext(chain, batch, [], table, entropies, 1, chain.init_state())
    trips = []

    def counted(*given: Any) -> Any:
        trips.append(1)
        return fetch(*given)

    fetch, estimators.fetch = estimators.fetch, counted
    start = time.perf_counter()
    try:
        with providing(step):
            PPOTrainer._compute_advantage(trainer, batch, {})
    finally:
        estimators.fetch = fetch
    return time.perf_counter() - start, len(trips)


def main() -> None:
    """Print time, round trips and memory by size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--powers", nargs="*", type=int, default=[20, 21, 22, 23, 24, 25])
    parser.add_argument("--slots", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    import transfer_queue as tq

    estimators.register_estimators()
    ray.init(num_cpus=4, include_dashboard=False, log_to_driver=False)
    tq.init(OmegaConf.create({"backend": {"SimpleStorage": {"num_data_storage_units": 1}}}))
    table = Table(title="verl's advantage stage, queue included")
    for column in ("slots", "grpo, s", f"{NAME}, s", "more, s", "round trips", "peak, MiB"):
        table.add_column(column, justify="right")
    for power in given.powers:
        rows = max(GROUP, 2**power // given.slots)
        batch = fill(rows, given.slots)
        theirs = statistics.median(stage(batch, "grpo")[0] for _ in range(given.rounds))
        before = resident("VmRSS")
        found = [stage(batch, NAME) for _ in range(given.rounds)]
        ours = statistics.median(seconds for seconds, _ in found)
        peak = (resident("VmHWM") - before) / 2**20
        cells = [f"{theirs:.2f}", f"{ours:.2f}", f"{ours - theirs:.2f}"]
        table.add_row(f"2^{power}", *cells, str(found[0][1]), f"{peak:.0f}")
        tq.kv_clear(keys=batch.keys, partition_id="train")
    Console().print(table)
    tq.close()
    ray.shutdown()


if __name__ == "__main__":
    main()
