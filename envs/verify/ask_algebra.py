"""Ask a worker what only algebra can tell: the caller's end, which needs no sympy."""

from __future__ import annotations

from concurrent.futures import Future
from hashlib import blake2b

from .answer.parse import read
from .workers.messages import Reply
from .workers.pool import Pool, shared_pool

JOB = f"{__package__}.algebra.job:Compare"


def pool() -> Pool:
    """Return this process's workers that compare."""
    return shared_pool("verify", JOB)


def ask_equal(gold: str, answer: str, timeout: float, workers: Pool | None = None) -> Future[Reply]:
    """Return the future of `{"correct": bool}` or `{"error": outcome}`.

    Answers that are typeset differently are asked about once: the reply depends on tokens alone.
    """
    tokens = read(gold).tokens, read(answer).tokens
    key = blake2b(repr(tokens).encode(), digest_size=16).digest()
    request = {"gold": gold, "answer": answer, "timeout": timeout}
    return (workers or pool()).ask(request, key=key)


def ask_readable(text: str, timeout: float) -> Future[Reply]:
    """Return the future of `{"correct": True}` if every expression in `text` has a reading."""
    return pool().ask({"reads": text, "timeout": timeout})
