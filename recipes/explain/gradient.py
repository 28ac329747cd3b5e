"""How far a chain turns the gradient away from uniform credit: the dose of an arm, offline.

    g_chain   = grad of  -sum_i sum_t A_it log p(token_it)
    g_uniform = the same with the episode operator's advantage on every token
    cosine    = <g_chain, g_uniform> / (|g_chain| |g_uniform|)

The sum runs over the generated tokens of all rollouts, as verl's ``token-mean`` does up to a
factor, at temperature 1 and on policy (no clipping, no KL term, no optimizer).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from credit_plugins.dump import Dump, Rollout, load
from credit_plugins.errors import CreditError

from ..errors import RecipeError
from .policy import Policy, check_tokens

ALL = "all"
Gradient = list[Tensor]
"""One tensor per trained weight of the model."""


@dataclass(frozen=True)
class Dose:
    """Two gradients of some rollouts, compared.

    Attributes:
        group: of the dump; ``all`` for the sum over its groups.
        rollouts: how many.
        tokens: generated ones.
        cosine: of the two gradients; NaN where one of them is 0.
        ratio: ``|g_chain| / |g_uniform|``; NaN where the second is 0.
        reason: why the cosine is NaN; "" otherwise.
        surprisal_gap: mean of ``|surprisal under the model - surprisal of the dump|`` over the
            generated tokens, nats: near 0 for the policy that wrote the dump; NaN if not known.
    """

    group: str
    rollouts: int
    tokens: int
    cosine: float
    ratio: float
    reason: str
    surprisal_gap: float


def read(file: Path) -> Dump:
    """A dump with at least one rollout.

    Raises:
        RecipeError: there is none.
    """
    if not file.is_file():
        raise RecipeError(f"{file} is no file; give one that algorithm.credit.dump wrote.")
    try:
        dump = load(file)
    except CreditError as error:
        raise RecipeError(str(error)) from error
    if not dump.rollouts:
        raise RecipeError(f"{file} holds no rollout.")
    return dump


def doses_of(dump: Dump, policy: Policy) -> list[Dose]:
    """The dose of each group of a dump, and of all of them together at the end.

    Memory: activations and logits of one rollout, and five times the model in float32 (seven for a
    dump of several groups).
    Degenerate: a gradient of 0 has no direction, so the cosine is NaN, with the reason: every
    advantage is 0, as in a group whose rewards are equal.

    Args:
        dump: of verl-credit.
        policy: the model before the update of the dump's step; ``surprisal_gap`` tells.

    Raises:
        RecipeError: the dump was written with another tokenizer.
    """
    for rollout in dump.rollouts:
        check_tokens(rollout, policy)
    groups = dump.groups
    whole: _Sums | None = None
    found = []
    for name, rollouts in groups.items():
        sums = _summed(rollouts, policy)
        found.append(sums.dose(name))
        if len(groups) > 1:
            whole = sums if whole is None else whole.plus(sums)
    return found if whole is None else [*found, whole.dose(ALL)]


@dataclass
class _Sums:
    """Gradients of some rollouts, added up."""

    chain: Gradient
    uniform: Gradient
    rollouts: int = 0
    tokens: int = 0
    gap: float = 0.0

    def plus(self, other: _Sums) -> _Sums:
        for mine, theirs in ((self.chain, other.chain), (self.uniform, other.uniform)):
            torch._foreach_add_(mine, theirs)
        self.rollouts += other.rollouts
        self.tokens += other.tokens
        self.gap += other.gap
        return self

    def dose(self, name: str) -> Dose:
        chain, uniform = (math.sqrt(_inner(x, x)) for x in (self.chain, self.uniform))
        zero = [
            f"every advantage of {which} is 0, so its gradient is 0"
            for which, size in (("the episode operator", uniform), ("the chain", chain))
            if size == 0
        ]
        cosine = math.nan if zero else _inner(self.chain, self.uniform) / (chain * uniform)
        return Dose(
            name,
            self.rollouts,
            self.tokens,
            cosine,
            chain / uniform if uniform else math.nan,
            "; ".join(zero),
            self.gap / self.tokens if self.tokens else math.nan,
        )


def _summed(rollouts: Sequence[Rollout], policy: Policy) -> _Sums:
    weights = [p for p in policy.net.parameters() if p.requires_grad]
    sums = _Sums([torch.zeros_like(p) for p in weights], [torch.zeros_like(p) for p in weights])
    for rollout in rollouts:
        logits = policy.logits(rollout.prompt_ids, rollout.id)
        # Of the whole vocabulary only the sampled token's logit and the log of the sum stay.
        ids_T1 = torch.tensor(rollout.id)[:, None]
        logp_T = logits.gather(1, ids_T1)[:, 0] - logits.logsumexp(-1)
        mask_T = torch.from_numpy(rollout.mask)
        for into, gradient in zip(
            (sums.chain, sums.uniform), _both(logp_T, rollout, mask_T, weights), strict=True
        ):
            torch._foreach_add_(into, gradient)
        sums.rollouts += 1
        sums.tokens += int(mask_T.sum())
        sums.gap += _gap(-logp_T.detach(), rollout, mask_T)
    return sums


def _both(
    logp_T: Tensor, rollout: Rollout, mask_T: Tensor, weights: Sequence[Tensor]
) -> Iterator[Gradient]:
    """Gradients with the chain's and with the episode operator's advantages, one after another."""
    for last, advantage in ((False, rollout.advantage), (True, rollout.base)):
        advantage_T = torch.from_numpy(advantage).nan_to_num(0.0) * mask_T
        if not advantage_T.any():
            yield [torch.zeros_like(p) for p in weights]
            continue
        loss = -(advantage_T * logp_T).sum()
        yield list(
            torch.autograd.grad(loss, list(weights), retain_graph=not last, materialize_grads=True)
        )


def _gap(surprisal_T: Tensor, rollout: Rollout, mask_T: Tensor) -> float:
    """Sum of the distances to the dump's surprisals; NaN if it has none."""
    if rollout.surprisal is None:
        return math.nan
    return float((surprisal_T - torch.from_numpy(rollout.surprisal)).abs()[mask_T].sum())


def _inner(a: Gradient, b: Gradient) -> float:
    """Inner product, added up in float64."""
    return float(sum((x * y).sum(dtype=torch.float64) for x, y in zip(a, b, strict=True)))
