"""Why a response is paid or not, in words: what was extracted, how it was read, what decided."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import DEFAULT_TIMEOUT, verify
from .answer.extract import MAX_ANSWER_CHARS, after_thinking, extract
from .answer.values import (
    Assigned,
    Based,
    Expr,
    Huge,
    Listing,
    Matrix,
    Number,
    Quantity,
    Relation,
    Sequence,
    Set,
    SetExpr,
    Value,
    Words,
    canonical,
)
from .compare.equivalence import read
from .compare.render import readable
from .verdict import Verdict

_KINDS: dict[type[Value], str] = {
    Number: "an exact number",
    Huge: "a number too large to write out",
    Expr: "an expression",
    SetExpr: "a set in symbols",
    Relation: "an equation or inequality",
    Assigned: "a named value",
    Quantity: "a value with a unit",
    Based: "a numeral with a base",
    Sequence: "a tuple or interval",
    Set: "a set",
    Listing: "a list of answers",
    Matrix: "a matrix",
    Words: "words",
}
_MARKS = {
    "boxed": (r"\\(?:boxed|fbox)\s*\{", r"\boxed{...}"),
    "answer_tag": (r"(?i)<answer\s*>", "<answer>...</answer>"),
    "hash": ("####", "#### ..."),
}
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
    gold: str, response: str, *, answer_format: str = "boxed", timeout: float = DEFAULT_TIMEOUT
) -> Explanation:
    """Return the verdict of `verify` on the same arguments with an explanation.

    Raises:
        ValueError: as `verify`.
    """
    verdict = verify(gold, response, answer_format=answer_format, timeout=timeout)
    correct = _reading(extract(gold).text or gold)
    if verdict.tier == "extract":
        return Explanation(verdict, correct, None, _no_answer(verdict, response, answer_format))
    answer = _reading(verdict.extracted)
    return Explanation(verdict, correct, answer, _reason(verdict, correct, answer))


def _reading(text: str) -> Reading:
    value = read(text)
    return Reading(text.strip(), _KINDS[type(value)], canonical(value))


# ---- why there is no answer


def _no_answer(verdict: Verdict, response: str, answer_format: str) -> str:
    pattern, mark = _MARKS[answer_format]
    if verdict.verdict == "unparsable":
        return f"The final answer is longer than {MAX_ANSWER_CHARS} characters."
    if verdict.verdict == "ambiguous":
        return _several(verdict, response, answer_format)
    if not re.search(pattern, response):
        return f"The response has no {mark}, so it gives no final answer."
    if not re.search(pattern, after_thinking(response)):
        return f"No {mark} stands after the thinking block."
    return f"The last {mark} is empty, or one is never closed."


def _several(verdict: Verdict, response: str, answer_format: str) -> str:
    found = extract(response, answer_format)
    if not found.rivals:
        return f"One answer stands inside another: {verdict.extracted}."
    others = ", ".join(found.rivals)
    return f"Several answers stand side by side: {others} and {found.text}."


# ---- why an answer is right or wrong


def _reason(verdict: Verdict, gold: Reading, answer: Reading) -> str:
    if verdict.verdict in _OUTCOMES:
        return _OUTCOMES[verdict.verdict]
    if verdict.verdict == "unparsable":
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
    if isinstance(g, Quantity) and isinstance(a, Quantity) and g.unit != a.unit:
        return f"The unit is {a.unit}, and should be {g.unit}."
    if isinstance(g, Based) and isinstance(a, Based) and g.base != a.base:
        return f"The base is {a.base}, and should be {g.base}."
    if isinstance(g, Assigned) and isinstance(a, Assigned) and g.name != a.name:
        return f"The value is given to {''.join(a.name)}, and should be to {''.join(g.name)}."
    if isinstance(g, Sequence) and isinstance(a, Sequence) and g.brackets != a.brackets:
        return f"The brackets are {a.brackets}, and should be {g.brackets}."
    if gold.kind != answer.kind:
        return f"The correct answer is {gold.kind}, this one {answer.kind}."
    if not readable(a.tokens):
        return "The answer holds something that cannot be compared as mathematics."
    return "A part of the answer differs from its counterpart."
