"""Whether the entropies in verl's queue can be believed: their dtype and their range."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..errors import MissingSignalError
from .say import say

REMEDY = (
    "set actor_rollout_ref.actor.fsdp_config.mixed_precision="
    "{param_dtype: fp32, reduce_dtype: fp32, buffer_dtype: fp32} (CPU), or "
    "actor_rollout_ref.actor.entropy_from_logits_with_chunking=True (GPU)"
)
ROUNDING = 0.05
"""Nats by which a rounded entropy may leave [0, ln V]: bfloat16 rounds 12 nats by .03."""

MOST_OUTSIDE = 0.01
"""Share of a step's tokens that may lie outside; a few wrong ones change no mean."""

FUSED = "actor_rollout_ref.model.use_fused_kernels"


class Entropies:
    """Takes entropies in, chunk by chunk, or says why not.

    Args:
        fused: whether verl's fused kernels compute them: these reduce in float32 and round only
            the result, so half precision is widened, with one sentence for the whole run.
        vocabulary: tokens that the model can give a probability to.
    """

    def __init__(self, *, fused: bool, vocabulary: int) -> None:
        self._fused, self._most = fused, math.log(vocabulary)
        self._said = False

    def widened(self, entropy: Tensor) -> Tensor:
        """Float32 entropies.

        Raises:
            MissingSignalError: half precision from elsewhere, which rounds low entropies to zero.
        """
        if entropy.dtype == torch.float32:
            return entropy
        if not self._fused:
            raise MissingSignalError(
                f"entropy arrived as {entropy.dtype}, which rounds low entropies to zero; "
                f"float32 is needed: {REMEDY}."
            )
        if not self._said:
            say(
                f"{FUSED}=True rounds entropies to {str(entropy.dtype).removeprefix('torch.')}, by "
                "up to .4%; they are read as they are. impl_backend=triton gives float32."
            )
            self._said = True
        return entropy.float()

    def believed(self, entropy_BT: Tensor, mask_BT: Tensor) -> Tensor:
        """The same entropies, if they are such.

        NaN and infinities are not counted here; a chain counts them.

        Raises:
            MissingSignalError: more than 1% of the generated tokens lie outside [0, ln V].
        """
        inside_BT = (entropy_BT >= -ROUNDING) & (entropy_BT <= self._most + ROUNDING)
        outside = entropy_BT[mask_BT & ~inside_BT & entropy_BT.isfinite()]
        share = outside.numel() / max(1, int(mask_BT.sum()))
        if share > MOST_OUTSIDE:
            remedy = f"set {FUSED}=False" if self._fused else "look at the model's logits"
            raise MissingSignalError(
                f"{share:.1%} of the entropies lie outside 0 to {self._most:.2f} nats, the log of "
                f"the vocabulary ({outside.min():.3g} to {outside.max():.3g}), so what computes "
                f"them is wrong; {remedy}, or choose operators that read no entropy."
            )
        return entropy_BT
