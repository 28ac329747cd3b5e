r"""Is this response correct? One entry: `verify(gold, response)`.

    response -> extract the last box -> string -> exact -> typed -> symbolic (in a killable worker)

Text of a model is never evaluated; the worker that parses it is limited in time and memory.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from .equivalence import decide, read
from .extract import Extraction, extract
from .pool import DEFAULT_TIMEOUT, Reply, shared_pool
from .values import canonical
from .verdict import OUTCOMES, Verdict

_log = logging.getLogger(__name__)

__all__ = [
    "DEFAULT_TIMEOUT",
    "OUTCOMES",
    "Extraction",
    "Verdict",
    "averify",
    "extract",
    "final_answer",
    "verify",
    "verify_batch",
]


def final_answer(response: str) -> Extraction:
    """Return the final answer of `response`, "ambiguous" if other answers stand beside it.

    Boxes in one sentence are no hedge where they provably say the same, like 1/2 and 0.5.
    """
    found = extract(response)
    if any(decide(found.text, rival).correct is not True for rival in found.rivals):
        return Extraction(found.text, "ambiguous")
    return found


def verify(gold: str, response: str, *, timeout: float = DEFAULT_TIMEOUT) -> Verdict:
    r"""Return whether the final answer boxed in `response` equals `gold`.

    Exact: no tolerance; a percent sign divides by 100; units and bases that are both named must
    agree; brackets, the order of tuples and names of variables matter, the order of sets does not.

    Args:
        gold: the correct answer, LaTeX or plain, with or without a box around it.
        response: everything the model wrote; any string.
        timeout: seconds the symbolic tier may take from the moment it starts; waiting for a free
            worker does not count.

    Raises:
        ValueError: `gold` is empty.
    """
    call = _begin(gold, response, timeout)
    return call if isinstance(call, Verdict) else call.finish(call.future.result())


async def averify(gold: str, response: str, *, timeout: float = DEFAULT_TIMEOUT) -> Verdict:
    """Do what `verify` does without blocking the event loop."""
    call = _begin(gold, response, timeout)
    if isinstance(call, Verdict):
        return call
    return call.finish(await asyncio.wrap_future(call.future))


def verify_batch(
    golds: Sequence[str], responses: Iterable[str], *, timeout: float = DEFAULT_TIMEOUT
) -> list[Verdict]:
    """Return the verdicts of many responses, using all workers at once; order is kept."""
    calls = [_begin(g, r, timeout) for g, r in zip(golds, responses, strict=True)]
    return [c if isinstance(c, Verdict) else c.finish(c.future.result()) for c in calls]


@dataclass(frozen=True)
class _Call:
    """A verification that waits for a worker."""

    answer: str
    canonical: str
    start: float
    future: Future[Reply]

    def finish(self, reply: Reply) -> Verdict:
        correct = reply.get("correct") is True
        outcome = reply.get("error") or ("correct" if correct else "wrong")
        elapsed_ms = (time.perf_counter() - self.start) * 1e3
        return Verdict(correct, outcome, self.answer, self.canonical, "symbolic", elapsed_ms)


def _begin(gold: str, response: str, timeout: float) -> Verdict | _Call:
    """Return the verdict if the cheap tiers reach one, else the call to a worker."""
    start = time.perf_counter()
    gold = extract(gold).text or gold
    if not gold.strip():
        raise ValueError(f"The correct answer must not be empty; got {gold!r}.")
    found = final_answer(response)

    def verdict(outcome: str, tier: str, normal: str = "") -> Verdict:
        elapsed_ms = (time.perf_counter() - start) * 1e3
        return Verdict(outcome == "correct", outcome, found.text, normal, tier, elapsed_ms)

    if found.verdict:
        return verdict(found.verdict, "extract")
    try:
        normal, decision = canonical(read(found.text)), decide(gold, found.text)
    except Exception:  # a grading boundary: a bug of ours must not end a rollout
        _log.exception("Could not judge %r against %r.", found.text, gold)
        return verdict("crash", "typed")
    if decision.correct is not None:
        return verdict("correct" if decision.correct else "wrong", decision.tier, normal)
    return _Call(found.text, normal, start, shared_pool().submit(gold, found.text, timeout))
