r"""Find the final answer in a response: the last balanced `\boxed{...}` or `\fbox{...}`.

One pass over the text and no regular expression over braces, so time is linear in its length. What
earns nothing: no box, an empty last one, any box that never closes, and several different boxes in
one sentence (hedging). A box in an earlier sentence is taken as retracted by a later one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

MAX_ANSWER_CHARS = 2000

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_BRACE = re.compile(r"\\(?:boxed|fbox)\s*\{|\\.|[{}]", re.DOTALL)
_SENTENCE_END = re.compile(r"(?<!i\.e)(?<!e\.g)[.!?\u3002\uff01\uff1f](?=[\s$)*\]]|$)|\n")
_WORD = re.compile(r"[^\W\d_]{2,}")


class _Box(NamedTuple):
    """Offsets of a box: its backslash, its content, its closing brace."""

    start: int
    inner: int
    end: int


@dataclass(frozen=True)
class Extraction:
    """An answer, or the outcome that says why there is none.

    Attributes:
        text: the content of the deciding box, stripped; empty without one.
        verdict: empty for an answer, else "no_answer", "ambiguous" or "unparsable".
        rivals: other contents boxed in the same sentence; the answer stands only if all are equal
            to it, which the caller decides.
    """

    text: str = ""
    verdict: str = ""
    rivals: tuple[str, ...] = ()


def extract(response: str) -> Extraction:
    """Return the final answer of `response`; text up to a closing `</think>` does not count."""
    text = _after_thinking(response)
    boxes = _boxes(text)
    answer = _content(text, boxes[-1]) if boxes else ""
    if not answer:
        return Extraction(verdict="no_answer")
    if len(answer) > MAX_ANSWER_CHARS:
        return Extraction(answer[:MAX_ANSWER_CHARS], "unparsable")
    if _BOX.search(answer):
        return Extraction(answer, "ambiguous")
    rivals = (_content(text, box) for box in _same_sentence(text, boxes))
    return Extraction(answer, rivals=tuple(dict.fromkeys(r for r in rivals if r != answer)))


def _after_thinking(response: str) -> str:
    """Return the text after the last thinking block; nothing if one opens and never closes."""
    _, closed, text = response.rpartition("</think>")
    return "" if not closed and "<think>" in response else text


def _boxes(text: str) -> list[_Box]:
    """Return the outermost boxes in order; none if any box never closes.

    `opened` holds a box for every box still open and None for every plain brace.
    """
    boxes: list[_Box] = []
    opened: list[_Box | None] = []
    for token in _BRACE.finditer(text):
        mark = token.group()
        if mark == "{":
            opened.append(None)
        elif len(mark) > 2:
            opened.append(_Box(token.start(), token.end(), -1))
        elif mark == "}" and opened and (box := opened.pop()):
            while boxes and boxes[-1].start > box.start:
                boxes.pop()
            boxes.append(box._replace(end=token.start()))
    return boxes if not any(opened) else []


def _content(text: str, box: _Box) -> str:
    r"""Return what stands in `box`, stripped, and x for `\boxed{\boxed{x}}`."""
    answer = text[box.inner : box.end].strip()
    if len(answer) > MAX_ANSWER_CHARS:
        return answer
    while _BOX.match(answer) and (inner := _boxes(answer))[0].end == len(answer) - 1:
        answer = answer[inner[0].inner : -1].strip()
    return answer


def _same_sentence(text: str, boxes: list[_Box]) -> list[_Box]:
    """Return the boxes before the last one that no sentence end separates from it.

    Boxes with no word between them were never retracted, whatever the punctuation.
    """
    first = len(boxes) - 1
    while first > 0:
        between = text[boxes[first - 1].end + 1 : boxes[first].start]
        if _WORD.search(between) and _SENTENCE_END.search(between):
            break
        first -= 1
    return boxes[first:-1]
