r"""Is this response correct? One entry: `verify(gold, response)`.

    response -> extract the answer -> string -> exact -> typed -> symbolic (in a killable worker)

Text of a model is never evaluated; the worker that parses it is limited in time and memory.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence

from .answer.extract import ANSWER_FORMATS, MAX_ANSWER_CHARS, Extraction, extract
from .answer.values import canonical
from .compare.equivalence import decide, read
from .gold import gold_problem
from .verdict import OUTCOMES, Verdict
from .workers.pending import Pending
from .workers.pool import DEFAULT_TIMEOUT, pool_stats, shared_pool
from .workers.process import Reply
from .workers.stats import PoolStats

_log = logging.getLogger(__name__)

__all__ = [
    "ANSWER_FORMATS",
    "DEFAULT_TIMEOUT",
    "OUTCOMES",
    "Extraction",
    "Pending",
    "PoolStats",
    "Verdict",
    "averify",
    "begin",
    "extract",
    "final_answer",
    "gold_problem",
    "pool_stats",
    "verify",
    "verify_batch",
]


def final_answer(response: str, answer_format: str = "boxed") -> Extraction:
    """Return the final answer of `response`, "ambiguous" if other answers stand beside it.

    Answers in one sentence are no hedge where they provably say the same, like 1/2 and 0.5.
    """
    found = extract(response, answer_format)
    same = (len(r) <= MAX_ANSWER_CHARS and decide(found.text, r).correct for r in found.rivals)
    if not all(same):
        return Extraction(found.text, "ambiguous")
    return found


def verify(
    gold: str, response: str, *, answer_format: str = "boxed", timeout: float = DEFAULT_TIMEOUT
) -> Verdict:
    r"""Return whether the final answer of `response` equals `gold`.

    Exact: no tolerance; a percent sign divides by 100; units and bases that are both named must
    agree; brackets, the order of tuples and names of variables matter, the order of sets does not.

    Args:
        gold: the correct answer, LaTeX or plain, with or without a box around it.
        response: everything the model wrote; any string.
        answer_format: how the response marks its answer, one of `ANSWER_FORMATS`.
        timeout: seconds the symbolic tier may take from the moment it starts; waiting for a free
            worker does not count.

    Raises:
        ValueError: `gold` is empty, or `answer_format` unknown.
        VerifierError: no worker process can be started.
    """
    return begin(gold, response, answer_format=answer_format, timeout=timeout).result()


async def averify(
    gold: str, response: str, *, answer_format: str = "boxed", timeout: float = DEFAULT_TIMEOUT
) -> Verdict:
    """Do what `verify` does without blocking the event loop."""
    return await begin(gold, response, answer_format=answer_format, timeout=timeout)


def verify_batch(
    golds: Sequence[str],
    responses: Iterable[str],
    *,
    answer_format: str = "boxed",
    timeout: float = DEFAULT_TIMEOUT,
) -> list[Verdict]:
    """Return the verdicts of many responses, using all workers at once; order is kept."""
    calls = [
        begin(gold, response, answer_format=answer_format, timeout=timeout)
        for gold, response in zip(golds, responses, strict=True)
    ]
    return [call.result() for call in calls]


def begin(
    gold: str, response: str, *, answer_format: str = "boxed", timeout: float = DEFAULT_TIMEOUT
) -> Pending[Verdict]:
    """Begin what `verify` does: a verdict that is there already, or on its way from a worker."""
    start = time.perf_counter()
    gold = extract(gold).text or gold
    if not gold.strip():
        raise ValueError(f"The correct answer must not be empty; got {gold!r}.")
    found = final_answer(response, answer_format)

    def verdict(outcome: str, tier: str, normal: str = "", elapsed_ms: float = 0.0) -> Verdict:
        elapsed_ms = elapsed_ms or (time.perf_counter() - start) * 1e3
        return Verdict(outcome == "correct", outcome, found.text, normal, tier, elapsed_ms)

    if found.verdict:
        return Pending(verdict(found.verdict, "extract"))
    try:
        normal, decision = canonical(read(found.text)), decide(gold, found.text)
    except Exception:  # a grading boundary: a bug of ours must not end a rollout
        _log.exception("Could not judge %r against %r.", found.text, gold)
        return Pending(verdict("crash", "typed"))
    if decision.correct is not None:
        return Pending(verdict("correct" if decision.correct else "wrong", decision.tier, normal))
    future = shared_pool().submit(gold, found.text, timeout)
    here_ms = (time.perf_counter() - start) * 1e3
    return Pending(
        future=future,
        read=lambda reply: verdict(_outcome(reply), "symbolic", normal, here_ms + reply["ms"]),
    )


def _outcome(reply: Reply) -> str:
    return reply.get("error") or ("correct" if reply["correct"] is True else "wrong")
