"""Groups for tests: one worked by hand, and a tiny model with a group that it measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from credit_plugins.dump import write
from recipes.explain import Explanation, explain
from recipes.explain.policy import Policy, load

from ..launch.tiny_checkpoint import tiny_model

BY_HAND = [
    {"tokens": ["a", " notice", " that", " b"], "entropies": [1, 4, 2, 3], "reward": 1},
    {"tokens": ["c", " d"], "entropies": [1, 3], "reward": 0},
    {"tokens": ["e"], "entropies": [2], "reward": 0},
    {"tokens": ["f", " g"], "entropies": [0, 0], "reward": 0},
]
"""MaxRL gives 3 and -1. Of the first rollout two tokens plan; the last one's entropy is 0."""

SUMS = [
    {"prompt": "what is 12 + 30?", "text": "let me check: 12 + 30 = 42", "reward": 1},
    {"prompt": "what is 12 + 30?", "text": "12 + 30 is 41", "reward": 0},
    {"prompt": "what is 12 + 30?", "text": "notice that 2 + 0 = 2, so 42", "reward": 1},
]


def tiny_folder(folder: Path) -> Path:
    """A model with random weights as transformers saves it."""
    model, tokenizer = tiny_model()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tiny_policy(folder: Path) -> Policy:
    """The same, loaded."""
    return load(str(tiny_folder(folder)))


def measured(folder: Path, operators: Any = "maxrl_gtpo", **credit: Any) -> Explanation:
    """A group of sums, with the entropies of the model in a folder."""
    return explain(operators, SUMS, credit, model=folder)


def dumped(folder: Path, told: Explanation, *, rewards_of_second: float | None = None) -> Path:
    """A dump's file with what an explanation holds; a second group has equal rewards."""
    rows = list(rows_of(told, "g0"))
    if rewards_of_second is not None:
        rows += rows_of(told, "g1", rewards_of_second)
    ran = [
        {"name": o.name, "kind": o.kind, "numbers": dict(o.numbers)} for o in told.dump.operators
    ]
    return write(folder, rows, told.chain.name, ran)


def rows_of(told: Explanation, group: str, reward: float | None = None):
    for one in told.dump.rollouts:
        kept = {key: value for key, value in vars(one).items() if key in one.__dataclass_fields__}
        arrays = {key: kept[key] for key in ("entropy", "surprisal", "planning", "weight", "mask")}
        layers = {k: (x if reward is None else 0 * x).tolist() for k, x in one.layers.items()}
        kept |= {k: None if x is None else x.tolist() for k, x in arrays.items()}
        kept |= layers | {"turns": [], "step": 5, "group": group}
        kept["reward"] = one.reward if reward is None else reward
        kept.pop("layers")
        yield kept


def parts_of(policy: Policy) -> list[torch.Tensor]:
    """The weights that are trained."""
    return [p for p in policy.net.parameters() if p.requires_grad]
