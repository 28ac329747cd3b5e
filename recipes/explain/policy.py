"""A language model as a policy: entropies and surprisals of given tokens, in float32.

At temperature 1, over the full vocabulary, in nats; one rollout at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from credit_plugins.dump import Rollout, token_texts
from credit_plugins.errors import CreditError
from credit_plugins.planning import PieceTable

from ..errors import RecipeError
from ..pretrained import model_folder, problem
from .group import Group

ROWS = 256
"""Positions whose distribution over the vocabulary is held at once, beside their logits."""


@dataclass(frozen=True)
class Policy:
    """A causal language model with its tokenizer.

    Attributes:
        name: its folder, or its name on a hub.
        net: in float32, without dropout.
        tokenizer: its own.
        pieces: the tokenizer's vocabulary as bytes; None for one of an unknown family.
    """

    name: str
    net: Any
    tokenizer: Any
    pieces: PieceTable | None

    def texts(self, ids: Sequence[int]) -> list[str]:
        """The text of each token."""
        return token_texts(ids, self.tokenizer, self.pieces)

    def encode(self, prompt: str, text: str) -> tuple[list[int], list[int]]:
        """Token ids of a prompt and of a response, without an end of text.

        The prompt goes through the chat template as the user's message, if there is a template.
        Without a prompt the response follows the token that begins a text.
        """
        tokenizer = self.tokenizer
        response = tokenizer(text, add_special_tokens=False)["input_ids"]
        if prompt and tokenizer.chat_template:
            prompt = tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}], add_generation_prompt=True, tokenize=False
            )
            return tokenizer(prompt, add_special_tokens=False)["input_ids"], response
        return tokenizer(prompt)["input_ids"] if prompt else [], response

    def logits(self, prompt_ids: Sequence[int], ids: Sequence[int]) -> Tensor:
        """Logits from which each response token is drawn, float32 [T,V]."""
        before = list(prompt_ids) or [self._first()]
        row = torch.tensor([[*before, *ids]])
        found = self.net(input_ids=row, use_cache=False, logits_to_keep=len(ids) + 1).logits
        kept: Tensor = found[0, -len(ids) - 1 : -1].float()
        return kept

    def _first(self) -> int:
        for special in (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id):
            if special is not None:
                return int(special)
        raise RecipeError(f"{self.name} has no token that begins a text; give a prompt.")


def load(name: str) -> Policy:
    """Load a model for transformers.

    Args:
        name: a folder, ``smollm2-135m-instruct``, or a name on the Hugging Face hub.

    Raises:
        RecipeError: it cannot be loaded; one sentence.
    """
    from rich.console import Console
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    if said := problem(name):
        raise RecipeError(said)
    folder = model_folder(name, Console(stderr=True))
    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        net = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise RecipeError(f"{name} cannot be loaded by transformers: {reason[:200]}") from error
    try:
        pieces = PieceTable.from_tokenizer(tokenizer)
    except CreditError:  # tokens are decoded one by one
        pieces = None
    return Policy(name, net, tokenizer, pieces)


def measured(group: Group, policy: Policy) -> Group:
    """The group with this policy's entropies and surprisals, in place of those that it had.

    Rollouts of a dump keep their tokens; texts are split by the policy's tokenizer.

    Raises:
        RecipeError: a rollout of a dump was written with another tokenizer.
    """
    return Group(group.name, tuple(_measured(one, policy) for one in group.rollouts))


def _measured(rollout: Rollout, policy: Policy) -> Rollout:
    if rollout.id:
        check_tokens(rollout, policy)
        whole = rollout
    else:
        prompt_ids, ids = policy.encode(rollout.prompt, rollout.response)
        mask = np.ones(len(ids), dtype=bool)
        texts = policy.texts(ids)
        whole = replace(rollout, prompt_ids=prompt_ids, id=ids, text=texts, mask=mask)
    with torch.inference_mode():
        logits = policy.logits(whole.prompt_ids, whole.id)
        parts = zip(logits.split(ROWS), torch.tensor(whole.id).split(ROWS), strict=True)
        both = [_entropy_and_surprisal(part, ids_T) for part, ids_T in parts]
    entropy_T, surprisal_T = (torch.cat(each).numpy() for each in zip(*both, strict=True))
    return replace(whole, entropy=entropy_T, surprisal=surprisal_T)


def check_tokens(rollout: Rollout, policy: Policy) -> None:
    """Refuse a dump of another tokenizer.

    Raises:
        RecipeError: names the first token that differs, or says that there are no token ids.
    """
    if not rollout.id:
        raise RecipeError("The rollouts have no token ids; give a dump of verl-credit.")
    for i, (theirs, ours) in enumerate(zip(rollout.text, policy.texts(rollout.id), strict=True)):
        if theirs != ours:
            raise RecipeError(
                f"Token {i} of rollout {rollout.rollout} is {theirs!r} in the dump and {ours!r} in "
                f"the tokenizer of {policy.name}; give a model with the tokenizer of the run."
            )


def _entropy_and_surprisal(logits: Tensor, ids_T: Tensor) -> tuple[Tensor, Tensor]:
    """Nats, [T] each, of logits [T,V]."""
    logp = logits.log_softmax(-1)
    surprisal_T = -logp.gather(1, ids_T[:, None])[:, 0]
    return torch.special.entr(logp.exp()).sum(-1), surprisal_T
