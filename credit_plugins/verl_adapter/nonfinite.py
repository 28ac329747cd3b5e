"""NaN and infinities in what an estimator reads and answers: counted, said, and refused if many.

What is left in goes on with a value that says nothing about its token:

- a completion whose entropy or surprisal holds a NaN is weighed uniformly, an infinity counts as 0
  or 50 nats (``blocks.block_of``);
- an advantage that is not finite is 0, so its token has no gradient;
- old and rollout log-probabilities stay as they are: verl's loss reads them from its own queue, and
  its FSDP engine leaves out an update whose gradient is not finite.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from ..errors import NonFiniteSignalError
from ..metrics import PREFIX
from .say import say

MOST = 0.01
"""Share of a signal's response tokens in one step that may be NaN or infinite."""

ADVANTAGE = "advantage"
OLD_LOG_PROBS, ROLLOUT_LOG_PROBS = "old_log_probs", "rollout_log_probs"
TRACES = ("actor/entropy", "training/rollout_probs_diff_mean")
"""What verl computes from both log-probabilities; a NaN in these shows here."""

_ACTOR = (
    "the weights have diverged (look at actor/grad_norm; lower "
    "actor_rollout_ref.actor.optim.lr), or half precision overflows in the actor"
)
_CAUSES = {
    ADVANTAGE: "an operator of the chain divides by zero: run verl-credit check-operator on yours",
    ROLLOUT_LOG_PROBS: (
        "the rollout engine does not get the weights that are trained, or its precision overflows "
        "(actor_rollout_ref.rollout.dtype)"
    ),
}
_UNIFORM = "completions with a NaN are weighed uniformly, infinities count as 0 or 50 nats"
_LEFT = {
    "entropy": _UNIFORM,
    "surprisal": _UNIFORM,
    ADVANTAGE: "these tokens get an advantage of 0",
}
_VERLS = "verl leaves out an update whose gradient is not finite"


class NonFinite:
    """Counts over one step at a time what is not finite under the mask, by signal."""

    def __init__(self) -> None:
        self._mask_BT = torch.zeros(0, dtype=torch.bool)
        self._found: Counter[str] = Counter()
        self._said: set[str] = set()

    def begin(self, mask_BT: Tensor) -> None:
        """Forget the step before, but not what was said.

        Args:
            mask_BT: bool, the response tokens of the step.
        """
        self._mask_BT = mask_BT
        self._found.clear()

    def count(self, name: str, x_BT: Tensor, mask_BT: Tensor) -> int:
        """Take in a part of a signal; returns how many of its response tokens are not finite."""
        # A sum is finite if all are, and costs a tenth of looking at each.
        if not x_BT.is_floating_point() or x_BT.sum().isfinite():
            return 0
        bad = int((mask_BT & ~x_BT.isfinite()).sum())
        self._found[name] += bad
        return bad

    def settle(self, step: int) -> dict[str, float]:
        """End a step: say once for each signal that some were not finite.

        Returns:
            ``credit/nonfinite/{signal}``: how many, for signals that had any.

        Raises:
            NonFiniteSignalError: more than 1% of a signal are not finite.
        """
        found = {name.removesuffix("_BT"): n for name, n in self._found.items() if n}
        tokens = max(1, int(self._mask_BT.sum())) if found else 0
        self._mask_BT = self._mask_BT.new_zeros(0)  # it is as large as the batch
        for name, n in found.items():
            share, likely = n / tokens, _CAUSES.get(name, _ACTOR)
            if share > MOST:
                raise NonFiniteSignalError(
                    f"{share:.1%} of the {name} values of step {step} are NaN or infinite "
                    f"({n} of {tokens} response tokens; at most {MOST:.0%} may be): {likely}."
                )
            if name not in self._said:
                self._said.add(name)
                say(
                    f"{n} of {tokens} {name} values of step {step} are NaN or infinite; "
                    f"{_LEFT.get(name, _VERLS)}. Likely, {likely}. Said once; "
                    f"{PREFIX}nonfinite/{name} counts them."
                )
        return {f"{PREFIX}nonfinite/{name}": float(n) for name, n in found.items()}

    def look_at_log_probs(
        self, batch: Any, names: Sequence[str], metrics: Mapping[str, Any]
    ) -> None:
        """Count in log-probabilities, fetched unless verl's own metrics show that all are sound.

        Args:
            batch: verl's ``KVBatchMeta``.
            names: fields of verl's queue; one that it does not hold is passed over.
            metrics: of the step so far.
        """
        traces = [metrics[name] for name in TRACES if name in metrics]
        if traces and all(map(isfinite, traces)):
            return
        import transfer_queue as tq

        keys = [
            k for k, tag in zip(batch.keys, batch.tags, strict=True) if not tag.get("is_padding")
        ]
        if not keys:
            return
        wanted = [*names, "response_mask"]
        data = tq.kv_batch_get(keys=keys, partition_id=batch.partition_id, select_fields=wanted)
        mask_T = torch.cat(data["response_mask"].unbind()).bool()
        for name in set(names) & set(data.keys()):
            self.count(name, torch.cat(data[name].unbind()), mask_T)


def cleared(x_BT: Tensor) -> Tensor:
    """The same with 0 where it is not finite."""
    return torch.nan_to_num(x_BT, 0.0, 0.0, 0.0)
