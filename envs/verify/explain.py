"""Why a response is paid or not, in words: what was extracted, how it was read, what decided."""

from __future__ import annotations

from dataclasses import dataclass

from .answer.extract import MAX_ANSWER_CHARS, after_thinking, extract
from .answer.formats import format_named
from .answer.parse import read
from .compare.render import readable
from .grade import DEFAULT_TIMEOUT, verify
from .verdict import Verdict

_OUTCOMES = {
    "timeout": "The comparison took longer than its deadline, and its worker was stopped.",
    "memory": "The comparison took more memory than a worker may use.",
    "crash": "The comparison crashed its worker.",
}


@dataclass(frozen=True)
class Reading:
    """How one side was understood: its text, the kind of answer it is, its normal form."""

    text: str
    kind: str
    normal: str


@dataclass(frozen=True)
class Explanation:
    """A verdict and how it came about; `answer` is None where the response has none."""

    verdict: Verdict
    gold: Reading
    answer: Reading | None
    why: str


def explain(
    gold: str,
    response: str,
    *,
    answer_format: str = "boxed",
    question: str = "",
    percent: str = "exact",
    timeout: float = DEFAULT_TIMEOUT,
) -> Explanation:
    """Return the verdict of `verify` on the same arguments with an explanation.

    Raises:
        ValueError: as `verify`.
    """
    verdict = verify(
        gold,
        response,
        answer_format=answer_format,
        question=question,
        percent=percent,
        timeout=timeout,
    )
    correct = _reading(extract(gold).text or gold)
    if verdict.tier == "extract":
        return Explanation(verdict, correct, None, _no_answer(verdict, response, answer_format))
    answer = _reading(verdict.extracted)
    why = _reason(verdict, correct, answer)
    if verdict.correct and percent == "strip":
        exact = verify(gold, response, answer_format=answer_format, timeout=timeout)
        why = why if exact.correct else "Without percent signs, as this set has it, they are equal."
    return Explanation(verdict, correct, answer, why)


def _reading(text: str) -> Reading:
    value = read(text)
    return Reading(text.strip(), value.label, value.canonical())


# ---- why there is no answer


def _no_answer(verdict: Verdict, response: str, answer_format: str) -> str:
    marked = format_named(answer_format)
    if verdict.outcome == "unparsable":
        return f"The final answer is longer than {MAX_ANSWER_CHARS} characters."
    if verdict.outcome == "ambiguous":
        return _several(verdict, response, answer_format)
    if not marked.opening.search(response):
        return f"The response has no {marked.shown}, so it gives no final answer."
    if not marked.opening.search(after_thinking(response)):
        return f"No {marked.shown} stands after the thinking block."
    return f"The last {marked.shown} is empty, or one is never closed."


def _several(verdict: Verdict, response: str, answer_format: str) -> str:
    found = extract(response, answer_format)
    if not found.rivals:
        return f"One answer stands inside another: {verdict.extracted}."
    others = ", ".join(found.rivals)
    return f"Several answers stand side by side: {others} and {found.text}."


# ---- why an answer is right or wrong


def _reason(verdict: Verdict, gold: Reading, answer: Reading) -> str:
    if not verdict.finished:
        return "The answer is copied out of the question, so it is not worked out."
    if verdict.outcome in _OUTCOMES:
        return _OUTCOMES[verdict.outcome]
    if verdict.outcome == "unparsable":
        return "One side has no reading as mathematics, or more than one, so nothing was proven."
    if verdict.correct:
        return _why_equal(verdict.tier, answer)
    return _why_different(verdict.tier, gold, answer)


def _why_equal(tier: str, answer: Reading) -> str:
    return {
        "string": "Without typesetting, both are written the same.",
        "exact": f"Both are exactly {answer.normal}.",
        "typed": "Both are read as the same answer, part by part.",
        "symbolic": "Algebra proves that both are equal.",
    }[tier]


def _why_different(tier: str, gold: Reading, answer: Reading) -> str:
    if tier == "exact":
        return f"{answer.normal} is not exactly {gold.normal}; there is no tolerance."
    if tier == "symbolic":
        return "They differ, or algebra finds no proof that they are equal."
    g, a = read(gold.text), read(answer.text)
    if type(g) is type(a) and (difference := g.difference(a)):
        return difference
    if gold.kind != answer.kind:
        return f"The correct answer is {gold.kind}, this one {answer.kind}."
    if not readable(a.tokens):
        return "The answer holds something that cannot be compared as mathematics."
    return "A part of the answer differs from its counterpart."
