"""What autocast and verl's fused kernels do to entropies, against float64.

    python tests/benchmarks/gpu/entropy.py [--tokens 4096]

On a GPU if there is one. Hidden states and an output layer of Qwen3-0.6B's width and vocabulary
are made here, such that entropies reach from 0 to several nats. Every way gets the same bfloat16
numbers. Weights are GTPO's at beta 1 over completions of 256 tokens; their mean is 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
from torch import Tensor
from verl.utils.experimental.torch_functional import FusedLinearForPPO
from verl.utils.kernel.linear_cross_entropy import linear_cross_entropy
from verl.utils.torch_functional import entropy_from_logits, entropy_from_logits_with_chunking

from credit_plugins.batch import ENTROPY, CreditBatch
from credit_plugins.token.gtpo import gtpo

VOCABULARY, WIDTH, COMPLETION = 151_936, 1024, 256
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
Way = Callable[[Tensor, Tensor, Tensor], Tensor]


def made(tokens: int) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden states, weights of the output layer, and token ids, on the GPU in bfloat16."""
    torch.manual_seed(0)
    layer = torch.randn(VOCABULARY, WIDTH, device=DEVICE) / WIDTH**0.5
    ids = torch.randint(VOCABULARY, (tokens,), device=DEVICE)
    # The logit of the chosen token is about `pull`, all others lie around 0 with deviation 1: at
    # 25 the token is certain, at 8 the entropy is most of ln V.
    pull = torch.empty(tokens, 1, device=DEVICE).uniform_(10, 22)
    hidden = pull * layer[ids] + 0.3 * torch.randn(tokens, WIDTH, device=DEVICE)
    return hidden.bfloat16(), layer.bfloat16(), ids


def exact(hidden: Tensor, layer: Tensor, _: Tensor) -> Tensor:
    """Shannon entropy in nats, float64 throughout."""
    wide = layer.double()
    parts = []
    for rows in hidden.split(128):
        logp = (rows.double() @ wide.T).log_softmax(-1)
        parts.append(-(logp.exp() * logp).sum(-1))
    return torch.cat(parts)


def autocast(reduce: Callable[[Tensor], Tensor]) -> Way:
    """Logits and entropy as verl's actor computes them without fused kernels."""

    def way(hidden: Tensor, layer: Tensor, _: Tensor) -> Tensor:
        with torch.autocast(DEVICE, torch.bfloat16):
            return torch.cat([reduce(rows @ layer.T) for rows in hidden.split(2048)])

    return way


def fused_torch(hidden: Tensor, layer: Tensor, ids: Tensor) -> Tensor:
    """verl's `fused_kernel_options.impl_backend=torch`."""
    with torch.autocast(DEVICE, torch.bfloat16):
        return FusedLinearForPPO()(hidden[None], layer, ids[None], 1.0)[1][0]


def fused_triton(hidden: Tensor, layer: Tensor, ids: Tensor) -> Tensor:
    """verl's `fused_kernel_options.impl_backend=triton`."""
    with torch.autocast(DEVICE, torch.bfloat16):
        return linear_cross_entropy(hidden, layer, ids, 1.0, "none")[1]


WAYS: dict[str, Way] = {
    "autocast": autocast(entropy_from_logits),
    "autocast, in chunks (the recipes)": autocast(entropy_from_logits_with_chunking),
    "fused, torch": fused_torch,
    "fused, triton": fused_triton,
}


def weights(entropy: Tensor) -> Tensor:
    """GTPO's weights at beta 1."""
    signal_BT = entropy.float().view(-1, COMPLETION)
    rows = torch.arange(len(signal_BT), device=entropy.device)
    one_BT = torch.ones_like(signal_BT)
    batch = CreditBatch(one_BT[:, 0], rows, one_BT.bool(), {ENTROPY: signal_BT})
    return gtpo(one_BT, batch, beta=1.0)


@torch.no_grad()
def main() -> None:
    """Print a row of Markdown for each way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tokens", type=int, default=4096, help=f"a multiple of {COMPLETION}")
    given = made(parser.parse_args().tokens)
    truth = exact(*given)
    device = torch.cuda.get_device_name() if DEVICE == "cuda" else "CPU"
    print(f"{device}, torch {torch.__version__}; entropies of")
    print(f"{truth.min():.2g} to {truth.max():.2g} nats, median {truth.median():.2g}")
    print("| way | dtype | exactly 0 | relative error, median | largest error | of a weight |")
    print("|---|---|---|---|---|---|")
    for name, way in WAYS.items():
        try:
            found = way(*given)
        except Exception as error:  # a kernel may not compile on this card: say so, go on
            print(f"| {name} | {type(error).__name__}: {str(error).splitlines()[0][:120]} |")
            continue
        gap = (found.double() - truth).abs()
        off = (weights(found) - weights(truth)).abs().max()
        dtype = str(found.dtype).removeprefix("torch.")
        print(
            f"| {name} | {dtype} | {(found == 0).float().mean():.0%} "
            f"| {(gap / truth).median():.2%} | {gap.max():.1e} | {off:.1e} |"
        )


if __name__ == "__main__":
    main()
