r"""Find the final answer in a response, where the answer format says that it stands.

    boxed       the last balanced `\boxed{...}` or `\fbox{...}`
    answer_tag  the last `<answer>...</answer>`
    hash        what follows the last `####`, up to the end of the line (as in GSM8K)

Text up to the end of a thinking block does not count. What earns nothing: no marked answer, an
empty last one, a mark that never closes, and several different answers in one sentence (hedging).
An answer in an earlier sentence is taken as retracted by a later one. A box within a tag or behind
`####` is opened too. One pass over the text and no regular expression over braces, so time is
linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

MAX_ANSWER_CHARS = 2000

_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_BRACE = re.compile(r"\\(?:boxed|fbox)\s*\{|\\.|[{}]", re.DOTALL)
_TAG = re.compile(r"<(/?)answer\s*>", re.IGNORECASE)
_HASH = re.compile(r"(?<!#)####(?!#)")
_THINKING = re.compile(r"<(/?)think(?:ing)?>")
_SENTENCE_END = re.compile(r"(?<!i\.e)(?<!e\.g)[.!?\u3002\uff01\uff1f](?=[\s$)*\]]|$)|\n")
_WORD = re.compile(r"[^\W\d_]{2,}")
# Words that put a second answer beside the first, whatever punctuation stands between.
_BESIDE = {"or", "either", "alternatively", "otherwise", "possibly", "perhaps", "maybe"}
_BESIDE_ALONE = _BESIDE | {"and", "also", "both", "answer", "answers", "is", "the"}


class _Span(NamedTuple):
    """Offsets of a marked answer: its mark, its content, the end of the content, what follows."""

    start: int
    inner: int
    end: int
    after: int


@dataclass(frozen=True)
class Extraction:
    """An answer, or the outcome that says why there is none.

    Attributes:
        text: the deciding answer, stripped; empty without one.
        verdict: empty for an answer, else "no_answer", "ambiguous" or "unparsable".
        rivals: other answers in the same sentence; the answer stands only if all are equal to it,
            which the caller decides.
    """

    text: str = ""
    verdict: str = ""
    rivals: tuple[str, ...] = ()


def extract(response: str, answer_format: str = "boxed") -> Extraction:
    """Return the final answer of `response`, marked as `answer_format` says.

    Raises:
        ValueError: `answer_format` is none of `ANSWER_FORMATS`.
    """
    found = _last(after_thinking(response), _scanner(answer_format))
    if answer_format == "boxed" or found.verdict or not _BOX.search(found.text):
        return found
    inside = _last(found.text, _boxes)
    return inside if inside.verdict else Extraction(inside.text, "", found.rivals + inside.rivals)


def _scanner(answer_format: str) -> Callable[[str], list[_Span]]:
    if answer_format not in _SCANNERS:
        known = ", ".join(ANSWER_FORMATS)
        raise ValueError(f"Unknown answer format {answer_format!r}; known are {known}.")
    return _SCANNERS[answer_format]


def _last(text: str, scan: Callable[[str], list[_Span]]) -> Extraction:
    spans = scan(text)
    answer = _content(text, spans[-1]) if spans else ""
    if not answer:
        return Extraction(verdict="no_answer")
    if len(answer) > MAX_ANSWER_CHARS:
        return Extraction(answer[:MAX_ANSWER_CHARS], "unparsable")
    if scan is _boxes and _BOX.search(answer):
        return Extraction(answer, "ambiguous")
    rivals = (_content(text, span) for span in _same_sentence(text, spans))
    return Extraction(answer, rivals=tuple(dict.fromkeys(r for r in rivals if r and r != answer)))


def after_thinking(response: str) -> str:
    """Return the text after the last thinking block; nothing if one opens and never closes."""
    marks = list(_THINKING.finditer(response))
    if not marks:
        return response
    return response[marks[-1].end() :] if marks[-1][1] else ""


# ---- scanners: where answers stand, in order; nothing at all if one is left open


def _boxes(text: str) -> list[_Span]:
    """Return the outermost boxes.

    `opened` holds a span for every box still open and None for every plain brace.
    """
    boxes: list[_Span] = []
    opened: list[_Span | None] = []
    for token in _BRACE.finditer(text):
        mark = token.group()
        if mark == "{":
            opened.append(None)
        elif len(mark) > 2:
            opened.append(_Span(token.start(), token.end(), -1, -1))
        elif mark == "}" and opened and (box := opened.pop()):
            while boxes and boxes[-1].start > box.start:
                boxes.pop()
            boxes.append(box._replace(end=token.start(), after=token.end()))
    return boxes if not any(opened) else []


def _tags(text: str) -> list[_Span]:
    """Return the pairs of tags; a closing tag without its opening one is only text."""
    spans: list[_Span] = []
    opened = None
    for tag in _TAG.finditer(text):
        if not tag[1]:
            if opened:
                return []
            opened = tag
        elif opened:
            spans.append(_Span(opened.start(), opened.end(), tag.start(), tag.end()))
            opened = None
    return [] if opened else spans


def _hashes(text: str) -> list[_Span]:
    """Return what follows each `####`, up to the next one or the end of the line."""
    spans: list[_Span] = []
    for line in re.finditer(r"[^\n]+", text):
        marks = list(_HASH.finditer(text, line.start(), line.end()))
        ends = [mark.start() for mark in marks[1:]] + [line.end()]
        spans += [_Span(m.start(), m.end(), e, e) for m, e in zip(marks, ends, strict=False)]
    return spans


_SCANNERS: dict[str, Callable[[str], list[_Span]]] = {
    "boxed": _boxes,
    "answer_tag": _tags,
    "hash": _hashes,
}
ANSWER_FORMATS = tuple(_SCANNERS)


# ---- what the spans say


def _content(text: str, span: _Span) -> str:
    r"""Return what stands in `span`, stripped, and x for `\boxed{\boxed{x}}`."""
    answer = text[span.inner : span.end].strip()
    if len(answer) > MAX_ANSWER_CHARS:
        return answer
    while _BOX.match(answer) and (inner := _boxes(answer)) and inner[0].after == len(answer):
        answer = answer[inner[0].inner : -1].strip()
    return answer


def _same_sentence(text: str, spans: list[_Span]) -> list[_Span]:
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
