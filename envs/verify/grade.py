"""The one place that says what is paid, for environments, reward function, command line and data.

    response -> extract the answer -> string -> exact -> typed -> symbolic (in a killable worker)
             -> settle: is it worked out, and not only copied out of the question?

An environment with its own `check` asks that in a worker instead of comparing values.
"""

from __future__ import annotations

import functools
import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from .answer.extract import MAX_ANSWER_CHARS, Extraction, extract
from .answer.final_form import is_echo
from .answer.forms.listing import Unordered
from .answer.parse import read
from .ask_algebra import ask_equal
from .compare.equivalence import decide
from .verdict import Verdict
from .workers.messages import Reply
from .workers.own_check import Check, ask_check, log_first_crash
from .workers.pending import Pending

DEFAULT_TIMEOUT = 3.0
PERCENT_RULES = ("exact", "strip")
_PERCENT = re.compile(r"\\?%|\uff05|\\text\s*\{\s*(?:per\s?cent|pct)\s*\}|\b(?:per\s?cent|pct)\b")
_log = logging.getLogger(__name__)


def verify(
    gold: str,
    response: str,
    *,
    answer_format: str = "boxed",
    question: str = "",
    percent: str = "exact",
    timeout: float = DEFAULT_TIMEOUT,
) -> Verdict:
    r"""Return whether the final answer of `response` is paid for the correct answer `gold`.

    Exact: no tolerance; a percent sign divides by 100, unless the set strips it; units and bases
    that are both named must agree; brackets, the order of tuples and names of variables matter, the
    order of sets does not.

    Args:
        gold: the correct answer, LaTeX or plain, with or without a box around it.
        response: everything the model wrote; any string.
        answer_format: how the response marks its answer, one of `ANSWER_FORMATS`.
        question: what was asked, if known: an answer that copies something still to be computed
            out of it, such as `47+38`, pays nothing. Without it, only values count.
        percent: "exact", or "strip": `20\%` and `20` are one answer, as GSM8K and MATH have it.
        timeout: seconds the symbolic tier may take from the moment it starts; waiting for a free
            worker does not count.

    Raises:
        ValueError: `gold` is empty, or `answer_format` or `percent` unknown.
        VerifierError: no worker process can be started.
    """
    return begin(
        gold,
        response,
        answer_format=answer_format,
        question=question,
        percent=percent,
        timeout=timeout,
    ).result()


async def averify(gold: str, response: str, **how: Any) -> Verdict:
    """Do what `verify` does, with the same arguments, without blocking the event loop."""
    return await begin(gold, response, **how)


def verify_batch(golds: Sequence[str], responses: Iterable[str], **how: Any) -> list[Verdict]:
    """Return the verdicts of many responses, using all workers at once; order is kept.

    `how` are the keyword arguments of `verify`.
    """
    calls = [begin(*pair, **how) for pair in zip(golds, responses, strict=True)]
    return [call.result() for call in calls]


def begin(
    gold: str,
    response: str,
    *,
    answer_format: str = "boxed",
    question: str = "",
    percent: str = "exact",
    check: Check | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Pending[Verdict]:
    """Begin what `verify` does: a verdict that is there already, or on its way from a worker.

    A `check`, an environment's own, decides instead of comparing values. One that overruns, runs
    out of memory or raises pays nothing. `ask_check` says which errors it may raise.
    """
    start = time.perf_counter()
    gold = extract(gold).text or gold
    if not check and not gold.strip():
        raise ValueError(f"The correct answer must not be empty; got {gold!r}.")
    if percent not in PERCENT_RULES:
        raise ValueError(f"percent must be one of {', '.join(PERCENT_RULES)}; got {percent!r}.")
    if check and not (found := final_answer(response, answer_format)).problem:
        judged = ask_check(check, found.text, timeout).then(
            lambda reply: _checked(check, found.text, reply)
        )
    else:
        found = extract(response, answer_format)
        compare = functools.partial(_compared, timeout=timeout, start=start)
        judged = _all_compared(gold, found, compare)
        if percent == "strip" and (bare := _without_percent(gold, found)):
            # An answer that is right with its sign, 0.2 for 20%, is paid under either rule.
            judged = Pending.all([judged, _all_compared(*bare, compare)]).then(_better)
    if not question:
        return judged
    return judged.then(lambda v: settle(v, lambda answer: worked_out(question, answer, gold)))


def worked_out(question: str, answer: str, gold: str) -> bool:
    """Return whether `answer` is more than a formula copied out of `question`."""
    return not is_echo(question, answer, extract(gold).text or gold)


def settle(verdict: Verdict, finished: Callable[[str], bool]) -> Verdict:
    """Return `verdict`, or one that pays nothing if its answer is not `finished`.

    This step is separate from the comparison because `finished` may be an environment author's
    code, which has no place on the event loop that waits for the comparison.
    """
    if not verdict.answered or finished(verdict.extracted):
        return verdict
    return replace(verdict, outcome="wrong", finished=False)


def final_answer(response: str, answer_format: str = "boxed") -> Extraction:
    """Return the final answer of `response`, "ambiguous" if other answers stand beside it.

    Answers in one sentence are no hedge where they provably say the same, like 1/2 and 0.5.
    """
    found = extract(response, answer_format)
    if not all(_certainly_same(found.text, rival) for rival in found.rivals):
        return Extraction(found.text, "ambiguous")
    return found


def _all_compared(
    gold: str, found: Extraction, compare: Callable[[str, Extraction], Pending[Verdict]]
) -> Pending[Verdict]:
    r"""Judge an answer and those beside it, which pay only if all say the same.

    Where only algebra can tell, each has to be the correct answer. Answers that differ are one list
    if the correct answer is a list of as many: `x = \\boxed{1}` or `x = \\boxed{2}`.
    """
    beside = [r for r in found.rivals if not _certainly_same(found.text, r)]
    if not beside:
        return compare(gold, replace(found, rivals=()))
    parts = (*found.rivals, found.text)
    ambiguous = Verdict("ambiguous", found.text, "", "extract", 0.0)
    if any(len(part) > MAX_ANSWER_CHARS for part in parts):
        return Pending(ambiguous)
    value = read(gold)
    if isinstance(value, Unordered) and len(value.items) == len(parts):
        return compare(gold, Extraction(", ".join(parts)))
    verdicts = Pending.all([compare(gold, Extraction(text)) for text in (found.text, *beside)])
    return verdicts.then(lambda of: of[0] if all(v.correct for v in of) else ambiguous)


def _without_percent(gold: str, found: Extraction) -> tuple[str, Extraction] | None:
    """Return both sides without percent signs; None where neither has one."""
    texts = [_PERCENT.sub("", text) for text in (gold, found.text, *found.rivals)]
    if found.problem or texts == [gold, found.text, *found.rivals]:
        return None
    return texts[0], Extraction(texts[1], rivals=tuple(texts[2:]))


def _better(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the one that is correct, with the answer as it was written."""
    exact, stripped = verdicts
    return replace(stripped, extracted=exact.extracted) if stripped.correct else exact


def _certainly_same(one: str, other: str) -> bool:
    return len(other) <= MAX_ANSWER_CHARS and decide(one, other).correct is True


def _compared(gold: str, found: Extraction, timeout: float, start: float) -> Pending[Verdict]:
    def verdict(outcome: str, tier: str, normal: str = "", elapsed_ms: float = 0.0) -> Verdict:
        elapsed_ms = elapsed_ms or (time.perf_counter() - start) * 1e3
        return Verdict(outcome, found.text, normal, tier, elapsed_ms)

    if found.problem:
        return Pending(verdict(found.problem, "extract"))
    try:
        normal, decision = read(found.text).canonical(), decide(gold, found.text)
    except Exception:  # a grading boundary: a bug of ours must not end a rollout
        _log.exception("Could not judge %r against %r.", found.text, gold)
        return Pending(verdict("crash", "typed"))
    if decision.correct is not None:
        return Pending(verdict("correct" if decision.correct else "wrong", decision.tier, normal))
    future = ask_equal(gold, found.text, timeout)
    here_ms = (time.perf_counter() - start) * 1e3
    return Pending(
        future=future,
        read=lambda reply: verdict(_outcome(reply), "symbolic", normal, here_ms + reply["ms"]),
    )


def _checked(check: Check, answer: str, reply: Reply) -> Verdict:
    log_first_crash(check.judge, reply)
    return Verdict(_outcome(reply), answer, answer, "check", reply["ms"])


def _outcome(reply: Reply) -> str:
    return reply.get("error") or ("correct" if reply["correct"] is True else "wrong")
