"""What precision does to entropies and to GTPO's weights, at the vocabulary of a real model.

    python tests/benchmarks/bench_entropy_precision.py [--tokens 384]

Logits are made here: 64 candidates over a flat tail, entropies log-uniform from 0.001 to 4 nats,
top logit 10 to 30. Each row of the table is a way to verl's own ``entropy_from_logits``; errors
are against float64 on the logits before any rounding. "bf16 eager" is what CPU autocast does, CUDA
autocast reduces in fp32. Weights are those of GTPO over completions of 96 tokens; their mean is 1,
so an error of 0.1 is a tenth of the average token's credit.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from verl.utils.torch_functional import entropy_from_logits

from credit_plugins.batch import ENTROPY, CreditBatch
from credit_plugins.token.gtpo import gtpo

VOCABULARY = 151_936
CANDIDATES = 64
COMPLETION = 96
CHUNK = 32  # tokens at once: 20 MB of float32 logits
BETAS = (0.1, 0.5, 1.0)


def exact_entropy(logits: Tensor) -> Tensor:
    """Shannon entropy in nats, float64."""
    logp = logits.double().log_softmax(-1)
    return -(logp.exp() * logp).sum(-1)


def make_logits(tokens: int, generator: torch.Generator) -> Tensor:
    """Logits [tokens, vocabulary] whose entropies are log-uniform from 0.001 to 4 nats."""

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(tokens, 1, generator=generator)

    target_N1 = uniform(math.log(1e-3), math.log(4)).exp()
    top_N1 = uniform(10, 30)
    fall_NC = torch.rand(tokens, CANDIDATES, generator=generator).cumsum(1)
    fall_NC = fall_NC - fall_NC[:, :1]
    low_N1, high_N1 = torch.full((tokens, 1), 1e-3), torch.full((tokens, 1), 100.0)
    for _ in range(40):  # the steeper the candidates fall, the lower the entropy
        slope_N1 = (low_N1 * high_N1).sqrt()
        steeper = exact_entropy(-slope_N1 * fall_NC)[:, None] > target_N1
        low_N1 = torch.where(steeper, slope_N1, low_N1)
        high_N1 = torch.where(steeper, high_N1, slope_N1)
    tail = torch.randn(tokens, VOCABULARY, generator=generator)
    logits = top_N1 - 30 + tail  # a flat tail with little mass, 30 nats below
    places = torch.stack(
        [torch.randperm(VOCABULARY, generator=generator)[:CANDIDATES] for _ in range(tokens)]
    )
    return logits.scatter(1, places, top_N1 - slope_N1 * fall_NC)


def compiled() -> Callable[[Tensor], Tensor] | None:
    """The entropy function compiled, or None where there is no compiler."""
    function = torch.compile(entropy_from_logits, dynamic=False)
    try:
        function(torch.zeros(CHUNK, VOCABULARY, dtype=torch.bfloat16))
    except Exception as error:  # inductor raises its own kinds, by what is missing
        print(f"torch.compile does not work here: {type(error).__name__}")
        return None
    return function


def paths() -> dict[str, Callable[[Tensor], Tensor]]:
    """Float32 logits -> entropies, by the name of the way there."""
    fast = compiled()
    found = {"bf16 eager": lambda x: entropy_from_logits(x.bfloat16())}
    if fast:
        found["bf16 compiled"] = lambda x: fast(x.bfloat16())
    found["bf16, fp32 reduction"] = lambda x: entropy_from_logits(x.bfloat16().float())
    found["fp32 forward"] = entropy_from_logits
    return found


def measure(tokens: int) -> tuple[Tensor, dict[str, Tensor]]:
    """Exact entropies, and those of each path."""
    generator = torch.Generator().manual_seed(0)
    ways = paths()
    exact, found = [], {name: [] for name in ways}
    with torch.no_grad():
        for _ in range(tokens // CHUNK):
            logits = make_logits(CHUNK, generator)
            exact.append(exact_entropy(logits))
            for name, way in ways.items():
                found[name].append(way(logits).double())
    return torch.cat(exact), {name: torch.cat(parts) for name, parts in found.items()}


def weights(entropy: Tensor, beta: float) -> Tensor:
    """GTPO's weights of the entropies as completions of equal length."""
    signal_BT = entropy.float().view(-1, COMPLETION)
    rows = torch.arange(len(signal_BT), device=entropy.device)
    one_BT = torch.ones_like(signal_BT)
    batch = CreditBatch(one_BT[:, 0], rows, one_BT.bool(), {ENTROPY: signal_BT})
    return gtpo(one_BT, batch, beta=beta)


def row(entropy: Tensor, exact: Tensor) -> list[str]:
    """One row of the table."""
    relative = (entropy - exact).abs() / exact
    cells = [
        f"{(entropy == 0).double().mean():.0%}",
        f"{relative.median():.2%}",
        f"{relative.quantile(0.9):.2%}",
        f"{(entropy - exact).abs().max():.1e}",
    ]
    for beta in BETAS:
        error = (weights(entropy, beta) - weights(exact, beta)).abs()
        cells.append(f"{error.mean():.1e} / {error.max():.1e}")
    return cells


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=384, help=f"a multiple of {COMPLETION}")
    tokens = parser.parse_args().tokens
    if tokens < COMPLETION or tokens % COMPLETION:
        parser.error(f"--tokens is {tokens}, must be a positive multiple of {COMPLETION}")
    exact, found = measure(tokens)
    table = Table(title=f"{tokens} tokens, vocabulary {VOCABULARY}; weight errors are mean / max")
    table.add_column("path")
    columns = ["H = 0", "median rel. H", "p90 rel. H", "max |H error|"]
    for column in [*columns, *(f"w, beta {beta:g}" for beta in BETAS)]:
        table.add_column(column, justify="right")
    for name, entropy in found.items():
        table.add_row(name, *row(entropy, exact))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
