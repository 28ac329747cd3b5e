"""What a chain reads, made of a group; what a group does not have is refused in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from credit_plugins.batch import ENTROPY, IDS, PLANNING, STATE, SURPRISAL, TURN, CreditBatch
from credit_plugins.chain import Chain
from credit_plugins.dump import Rollout
from credit_plugins.planning.pieces import BOUNDARY, PieceTable

from ..errors import RecipeError
from .group import Group

COMPUTED = "give `{key}` with every rollout, or a model (--model), which computes them"
LACKING = {
    ENTROPY: ("entropies", COMPUTED.format(key="entropies")),
    SURPRISAL: ("surprisals", COMPUTED.format(key="surprisals")),
    TURN: ("the turns of an episode", "a group of single responses has none"),
    STATE: ("what the environment said before each turn", "no file of a group has it"),
}
"""Signals with what they are, and why they may be missing."""

PADDING = -1


def batch_of(group: Group, chain: Chain, step: int = 0) -> CreditBatch:
    """The group as a batch of one group, with every signal in ``chain.reads``; float32.

    Raises:
        RecipeError: the group lacks a signal, or has no token.
    """
    rollouts = group.rollouts
    table, text_ids = _pieces(rollouts)
    known: Mapping[str, Sequence[Any]] = {
        ENTROPY: [one.entropy for one in rollouts],
        SURPRISAL: [one.surprisal for one in rollouts],
        IDS: [one.id for one in rollouts] if all(one.id for one in rollouts) else text_ids,
    }
    signals = {}
    for name in sorted(chain.sources):
        if name not in known or any(values is None for values in known[name]):
            raise RecipeError(_refusal(group, chain, name))
        signals[name] = _padded(known[name], PADDING if name == IDS else 0.0)
    mask_BT = _padded([one.mask for one in rollouts], False)
    if not mask_BT.any():
        raise RecipeError(f"{group.name}: no rollout has a token that the model generated.")
    if chain.planning is not None:
        of_text = {**signals, IDS: _padded(text_ids, PADDING)}
        signals[PLANNING] = chain.planning.marks(mask_BT, of_text, table)
    return CreditBatch(
        torch.tensor([one.reward for one in rollouts]),
        torch.zeros(len(rollouts), dtype=torch.long),
        mask_BT,
        signals,
        step,
    )


def _pieces(rollouts: Sequence[Rollout]) -> tuple[PieceTable, list[list[int]]]:
    """A vocabulary of the texts that occur, and each rollout in it."""
    texts = dict.fromkeys(text for one in rollouts for text in one.text)
    number = {text: i for i, text in enumerate(texts)}
    table = PieceTable((*(text.encode() for text in texts), BOUNDARY))
    return table, [[number[text] for text in one.text] for one in rollouts]


def _padded(rows: Sequence[Any], fill: float | int | bool) -> Tensor:
    """[B,T], each row filled up; float32, int64 or bool as what fills."""
    dtypes: Mapping[type, Any] = {float: np.float32, int: np.int64, bool: np.bool_}
    full: np.ndarray = np.full((len(rows), max(map(len, rows))), fill, dtypes[type(fill)])
    for row, values in zip(full, rows, strict=True):
        row[: len(values)] = values
    return torch.from_numpy(full)


def _refusal(group: Group, chain: Chain, name: str) -> str:
    readers = [step.operator.name for step in chain.steps if name in step.reads]
    if not readers and chain.planning is not None:
        readers = [f"planning.detector={chain.planning.detector.name}"]
    what, why = LACKING.get(name, (f"the signal {name}", "a group has no such signal"))
    return f"{' and '.join(readers)} needs {what}, missing in {group.name}: {why}."
