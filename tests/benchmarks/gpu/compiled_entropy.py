"""What torch.compile makes of verl's entropy in chunks, over micro-batches of different lengths.

    python tests/benchmarks/gpu/compiled_entropy.py [--batches 24]

verl's actor compiles it for lengths that vary (`fsdp_config.use_torch_compile`, true by default);
the loop over chunks makes torch compile for lengths one by one, until it gives up. On a GPU. Logits
are random, in bfloat16, with Qwen3's vocabulary.
"""

from __future__ import annotations

import argparse
import time

import torch
from verl.utils.torch_functional import entropy_from_logits_with_chunking

VOCABULARY, LONGEST = 151_936, 16_384


@torch.no_grad()
def main() -> None:
    """Print seconds and peak memory of the function as it is and compiled."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--batches", type=int, default=24, help="micro-batches")
    count = parser.parse_args().batches
    torch.manual_seed(0)
    logits = torch.randn(LONGEST, VOCABULARY, device="cuda", dtype=torch.bfloat16)
    lengths = torch.randint(LONGEST * 7 // 8, LONGEST, (count,)).tolist()
    ways = {
        "as it is": entropy_from_logits_with_chunking,
        "compiled": torch.compile(entropy_from_logits_with_chunking, dynamic=True),
    }
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {count} micro-batches")
    print("| way | all, s | slowest, s | last, s | peak beyond the logits, GB |")
    print("|---|---|---|---|---|")
    for name, way in ways.items():
        torch.cuda.reset_peak_memory_stats()
        held, seconds = torch.cuda.memory_allocated(), []
        for length in lengths:
            torch.cuda.synchronize()
            start = time.perf_counter()
            way(logits[:length])
            torch.cuda.synchronize()
            seconds.append(time.perf_counter() - start)
        peak = (torch.cuda.max_memory_allocated() - held) / 1e9
        slowest, last = max(seconds), seconds[-1]
        print(f"| {name} | {sum(seconds):.2f} | {slowest:.3f} | {last:.3f} | {peak:.1f} |")


if __name__ == "__main__":
    main()
