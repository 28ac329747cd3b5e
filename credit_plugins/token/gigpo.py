"""GiGPO: turns that begin from the same state compete with each other."""

from __future__ import annotations

import torch
from torch import Tensor

from ..batch import STATE, TURN, CreditBatch
from ..operator import token_operator
from ..options import flag, number

EPS = 1e-6


@token_operator(reads=(TURN, STATE), scope="group", neutral={"weight": 0.0})
def gigpo(
    adv_BT: Tensor,
    batch: CreditBatch,
    *,
    weight: float = number(1.0, 0.0, 10.0),
    gamma: float = number(0.95, 0.0, 1.0),
    std: bool = flag(False),
) -> Tensor:
    """Add a turn's advantage over turns from the same state.

    ``A'_t = A_t + weight * (G_k - mean(G)) / sigma`` for the tokens of turn k, with the discounted
    return ``G_k = gamma^(K-1-k) r`` of turn k of K, as the reward r is paid at the end. Mean and
    sigma run over the turns of the group that begin from the same state, each counting once; sigma
    is 1, or with ``std`` their standard deviation with n-1 plus 1e-6.

    The state is what the environment said before the turn: the question before the first. The
    incoming advantage is the episode's, of ``grpo`` in the source. weight=0 is the identity.
    Degenerate: a turn whose state nobody shares adds 0; so does every turn of a group with equal
    rewards and lengths. With one turn per episode it adds ``dr_grpo`` (or ``grpo`` with ``std``).

    Args:
        weight: of the turn's advantage, 0 to 10; 1 in the source.
        gamma: discount per turn, 0 to 1; 0.95 in the source.
        std: divide by the deviation within a state.

    Reference:
        Feng et al., Group-in-Group Policy Optimization for LLM Agent Training, arXiv 2505.10978;
        checked against descriptions of its authors' code, whose states are observations too.

    >>> mask = torch.ones(2, 2).bool()
    >>> turn_BT, state_BT = torch.tensor([[0, 1], [0, 0]]), torch.tensor([[5, 6], [5, 5]])
    >>> turns = {"turn_BT": turn_BT, "state_BT": state_BT}
    >>> pair = CreditBatch(torch.tensor([1.0, 0.0]), torch.zeros(2).long(), mask, turns)
    >>> gigpo(torch.zeros(2, 2), pair, gamma=0.5)
    tensor([[ 0.2500,  0.0000],
            [-0.2500, -0.2500]])
    """
    mask_BT = batch.mask_BT
    if not mask_BT.any():
        return adv_BT
    turn_BT = batch.signal(TURN) * mask_BT
    left_BT = turn_BT.amax(1, keepdim=True) - turn_BT
    return_N = (adv_BT.new_tensor(gamma) ** left_BT * batch.reward_B[:, None])[mask_BT]
    row_B = torch.arange(len(mask_BT), device=mask_BT.device)
    once_N = _once(_numbered(row_B, turn_BT, mask_BT)).to(return_N)
    state_N = _numbered(batch.group_B, batch.signal(STATE), mask_BT)
    step_BT = torch.zeros_like(adv_BT)
    step_BT[mask_BT] = _compared(return_N, state_N, once_N, std).to(adv_BT.dtype)
    return adv_BT + weight * step_BT


def _numbered(of_B: Tensor, of_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """A number for each pair of a row's and a token's value, of every generated token, [N]."""
    pair_N2 = torch.stack([of_B[:, None].expand_as(of_BT)[mask_BT], of_BT[mask_BT]], 1)
    number_N: Tensor = pair_N2.unique(dim=0, return_inverse=True)[1]
    return number_N


def _once(number_N: Tensor) -> Tensor:
    """True on the first token of each number."""
    place_N = torch.arange(len(number_N), device=number_N.device)
    first = place_N.new_full((int(number_N.max()) + 1,), len(number_N))
    first = first.scatter_reduce(0, number_N, place_N, "amin")
    return (first[number_N] == place_N).bool()


def _compared(return_N: Tensor, state_N: Tensor, once_N: Tensor, std: bool) -> Tensor:
    """Each return less the mean of its state, over turns; divided by their deviation."""

    def total(x_N: Tensor) -> Tensor:
        return x_N.new_zeros(int(state_N.max()) + 1).index_add(0, state_N, once_N * x_N)[state_N]

    count_N = total(torch.ones_like(return_N))
    apart_N = return_N - total(return_N) / count_N.clamp(min=1)
    if not std:
        return apart_N
    return apart_N / ((total(apart_N**2) / (count_N - 1).clamp(min=1)).sqrt() + EPS)
