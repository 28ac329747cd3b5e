"""Marking planning tokens of a large batch on every core of this node, by Ray tasks."""

from __future__ import annotations

import os
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from ..planning.pieces import PieceTable
from ..planning.projection import Finder, mark

TOKENS_PER_TASK = 1 << 19
"""With fewer (a quarter of a second of work) a task costs more than it saves."""

MOST_PARTS = 16
"""With so many, moving the ids takes as long as marking them."""


def mark_in_tasks(
    ids_BT: np.ndarray,
    mask_BT: np.ndarray,
    table: PieceTable,
    find: Finder,
    *,
    tokens_per_task: int = TOKENS_PER_TASK,
) -> np.ndarray:
    """``projection.mark``, shared with Ray tasks where Ray runs and the batch is worth one.

    Tasks ask Ray for no core: verl's workers have taken them all and wait for this step, so a task
    that asked for one would wait for ever.
    """
    import ray

    parts = _split(mask_BT, tokens_per_task)
    if len(parts) < 2 or not ray.is_initialized():
        return mark(ids_BT, mask_BT, table, find)
    task = ray.remote(num_cpus=0, scheduling_strategy=_here())(mark)
    shared = _shared(table, ray.get_runtime_context().get_job_id())
    own, *others = parts  # what this process marks itself need not be moved
    marked = [
        task.remote(ids_BT[rows].astype(np.int32), mask_BT[rows], shared, find) for rows in others
    ]
    return np.concatenate([mark(ids_BT[own], mask_BT[own], table, find), *ray.get(marked)])


def _here() -> Any:
    """This node, where the plugin and the cores are; other nodes may lack both."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)


def _split(mask_BT: np.ndarray, tokens_per_task: int) -> list[slice]:
    """Consecutive rows for each part, with about as many tokens each."""
    tokens = np.cumsum(mask_BT.sum(1))
    total = int(tokens[-1]) if len(tokens) else 0
    parts = min(len(os.sched_getaffinity(0)), MOST_PARTS, max(1, total // tokens_per_task))
    cuts = np.searchsorted(tokens, total * np.arange(1, parts) / parts) + 1
    bounds = sorted({0, *cuts.tolist(), len(mask_BT)})
    return [slice(*pair) for pair in pairwise(bounds)]


@lru_cache(maxsize=1)
def _shared(table: PieceTable, job: str) -> Any:
    """The table in the object store of a Ray session, put there once: a run has one tokenizer."""
    import ray

    return ray.put(table)
