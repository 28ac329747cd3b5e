r"""Find the final answer in a response, marked as its answer format says (`formats.py`).

Text up to the end of a thinking block does not count. What earns nothing: no marked answer, an
empty last one, a mark that never closes, an answer that the words around it deny
(`negation.py`), and several different answers in one sentence (hedging).
A later sentence retracts the answers of earlier ones. A box within a tag or behind `####` is opened
too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .formats import BOX, Span, boxes, format_named
from .negation import is_denied

MAX_ANSWER_CHARS = 2000

_THINKING = re.compile(r"<(/?)think(?:ing)?>")
_SENTENCE_END = re.compile(r"(?<!i\.e)(?<!e\.g)[.!?\u3002\uff01\uff1f](?=[\s$)*\]]|$)|\n")
_WORD = re.compile(r"[^\W\d_]{2,}")
# Words that put a second answer beside the first, whatever punctuation stands between.
_BESIDE = {"or", "either", "alternatively", "otherwise", "possibly", "perhaps", "maybe"}
_BESIDE_ALONE = _BESIDE | {"and", "also", "both", "answer", "answers", "is", "the"}


@dataclass(frozen=True)
class Extraction:
    """An answer, or the outcome that says why there is none.

    Attributes:
        text: the deciding answer, stripped; empty without one.
        problem: empty for an answer, else "no_answer", "ambiguous" or "unparsable".
        rivals: other answers in the same sentence; the answer stands only if all are equal to it,
            which the caller decides.
    """

    text: str = ""
    problem: str = ""
    rivals: tuple[str, ...] = ()


def extract(response: str, answer_format: str = "boxed") -> Extraction:
    """Return the final answer of `response`.

    Raises:
        ValueError: `answer_format` is none of `formats.ANSWER_FORMATS`.
    """
    found = _last(after_thinking(response), format_named(answer_format).scan)
    if answer_format == "boxed" or found.problem or not BOX.search(found.text):
        return found
    inside = _last(found.text, boxes)
    return inside if inside.problem else Extraction(inside.text, "", found.rivals + inside.rivals)


def after_thinking(response: str) -> str:
    """Return the text after the last thinking block; nothing if one opens and never closes."""
    marks = list(_THINKING.finditer(response))
    if not marks:
        return response
    return response[marks[-1].end() :] if marks[-1][1] else ""


def _last(text: str, scan: Callable[[str], list[Span]]) -> Extraction:
    spans = [span for span in scan(text) if not is_denied(text, span.start, span.after)]
    answer = _content(text, spans[-1]) if spans else ""
    if not answer:
        return Extraction(problem="no_answer")
    if len(answer) > MAX_ANSWER_CHARS:
        return Extraction(answer[:MAX_ANSWER_CHARS], "unparsable")
    if scan is boxes and BOX.search(answer):
        return Extraction(answer, "ambiguous")
    rivals = (_content(text, span) for span in _same_sentence(text, spans))
    return Extraction(answer, rivals=tuple(dict.fromkeys(r for r in rivals if r and r != answer)))


def _content(text: str, span: Span) -> str:
    r"""Return what stands in `span`, stripped, and x for `\boxed{\boxed{x}}`."""
    answer = text[span.inner : span.end].strip()
    if len(answer) > MAX_ANSWER_CHARS:
        return answer
    while BOX.match(answer) and (inner := boxes(answer)) and inner[0].after == len(answer):
        answer = answer[inner[0].inner : -1].strip()
    return answer


def _same_sentence(text: str, spans: list[Span]) -> list[Span]:
    """Return the spans before the last one that no sentence end separates from it."""
    first = len(spans) - 1
    while first > 0:
        between = text[spans[first - 1].after : spans[first].start]
        if _SENTENCE_END.search(between) and not _beside(between):
            break
        first -= 1
    return spans[first:-1]


def _beside(between: str) -> bool:
    """Whether the words between two answers let both stand: none, a lone `or`, `Or maybe ...`."""
    words = [word.group().lower() for word in _WORD.finditer(between)]
    return not words or words[0] in _BESIDE or set(words) <= _BESIDE_ALONE
