"""Logits of the response alone: with a real vocabulary the others cost as much as the model.

verl computes logits, log-probabilities and entropies of every position of the padded batch and
throws away those of prompts and padding.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from verl.utils.torch_functional import entropy_from_logits

# Below this, too little is saved to leave verl's own path.
LARGE_VOCABULARY = 8192


def response_mask(prompts: Any, responses: Any) -> Tensor:
    """Positions of a padded batch whose logits predict a response token, bool [rows, longest].

    Args:
        prompts: nested; token ids of each row's prompt.
        responses: nested; token ids of each row's response.
    """
    prompt_B: Tensor = prompts.offsets().diff()
    response_B: Tensor = responses.offsets().diff()
    position_T = torch.arange(int((prompt_B + response_B).max()))
    first_B = (prompt_B - 1).unsqueeze(-1)
    return (position_T >= first_B) & (position_T < first_B + response_B.unsqueeze(-1))


def keep_rows(head: torch.nn.Module, masks: list[Tensor]) -> Any:
    """Let an output head see the hidden states under the mask that waits in `masks`, if one does.

    Logits [rows, longest, vocabulary] become [1, positions under the mask, vocabulary].

    Returns:
        The handle of the hook.
    """

    def select(_: torch.nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        if not masks:
            return None
        return inputs[0][masks.pop()].unsqueeze(0), *inputs[1:]

    return head.register_forward_pre_hook(select)


def outputs(
    logits: Tensor, mask: Tensor, input_ids: Any, temperature_B: Tensor, *, entropy: bool
) -> dict[str, Tensor]:
    """What verl's engine gives for a micro-batch; positions that predict no response hold 0.

    Args:
        logits: [positions under the mask, vocabulary].
        mask: of `response_mask`.
        input_ids: nested; prompt and response of each row.
        temperature_B: of each row.
        entropy: whether the entropies, in nats, are wanted.

    Returns:
        ``log_probs`` and maybe ``entropy``, nested like `input_ids`; a position holds the value of
        the token after it.
    """
    if not bool((temperature_B == 1).all()):
        logits = logits / temperature_B.clamp(min=1e-8).repeat_interleave(mask.sum(-1)).unsqueeze(
            -1
        )
    offsets = input_ids.offsets()
    real = torch.arange(mask.shape[-1]) < offsets.diff().unsqueeze(-1)
    used = mask[real]  # of all tokens without padding
    labels = torch.roll(input_ids.values(), shifts=-1)[used]
    found = {"log_probs": -F.cross_entropy(logits, labels, reduction="none")}
    if entropy:
        found["entropy"] = entropy_from_logits(logits)
    return {
        name: torch.nested.nested_tensor_from_jagged(
            torch.zeros(len(used), dtype=value.dtype).masked_scatter(used, value), offsets
        )
        for name, value in found.items()
    }
