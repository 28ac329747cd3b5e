"""Batches that hypothesis draws, of the kind on which operators are checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from credit_plugins.blocks import block_of
from credit_plugins.check.batches import (
    ADVANTAGE,
    batch_of,
    edit,
    fill_masked,
    tensors,
    to_dtype,
)

__all__ = [
    "ADVANTAGE",
    "batches",
    "clean",
    "edit",
    "fill_masked",
    "planning",
    "tensors",
    "to_dtype",
]


@st.composite
def batches(draw, min_rows=1):
    """Contents come from a seed that hypothesis draws, for speed."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    while len((batch := batch_of(rng)).reward_B) < min_rows:
        pass
    return replace(batch, step=draw(st.integers(0, 200)))


def clean(batch):
    """The batch as operators see it: what a mask excludes is 0."""
    block, _ = block_of(batch, slice(None), frozenset(batch.signals))
    return block


def planning(batch):
    """Planning tokens under the mask, bool."""
    return batch.planning_BT.bool()
