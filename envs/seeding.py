r"""From (environment, seed, stream, index) to a task's own random generator.

\[ rng = PCG64(SeedSequence(SHA256([identity, seed, stream, index]))) \]

A hash and not `seed + index`, which would hand task 1 of seed 0 to task 0 of seed 1. SHA-256 is the
same in every process, unlike `hash(str)`. Two tuples that differ anywhere give independent
generators; `identity` holds the env id and its arguments, so two environments, and two streams,
draw independently. `stream_of` keeps the questions of the streams apart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

STREAMS = ("train", "validation")
_HELD_OUT_EVERY = 8


def identity(env_id: str, kwargs: Mapping[str, Any]) -> str:
    """Return a stable text that names an environment and the arguments that shape its tasks."""
    return json.dumps([env_id, dict(kwargs)], sort_keys=True, default=repr)


def task_rng(identity: str, seed: int, stream: str, index: int) -> np.random.Generator:
    """Return the generator of one task; equal arguments give equal generators in any process."""
    digest = _digest(json.dumps([identity, int(seed), stream, int(index)]))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(digest)))


def stream_of(question: str) -> str:
    """Return the stream a question belongs to: one in eight, by hash, is held out for validation.

    Independent generators can still draw equal questions from a small problem space. The hash
    keeps validation problems out of training.
    """
    return STREAMS[_digest(question) % _HELD_OUT_EVERY == 0]


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")
