r"""How a response marks its final answer: all that depends on the answer format stands here.

    boxed       the last balanced `\boxed{...}` or `\fbox{...}`, or a number: `\boxed18`
    answer_tag  the last `<answer>...</answer>`
    hash        what follows the last `####`, up to the end of the line (as in GSM8K)

A scanner returns where marked answers stand, in order, and nothing at all if one is left open. Each
goes over the text once and uses no regular expression over braces, so its time is linear in the
length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

BOX = re.compile(r"\\(?:boxed|fbox)\s*[{0-9-]")
_BRACE = re.compile(
    r"\\(?:boxed|fbox)\s*\{"
    r"|(?P<bare>\\(?:boxed|fbox)\s*(?P<number>-?[0-9]+(?:\.[0-9]+)?)(?![0-9a-zA-Z^_!/(\\{]))"
    r"|\\.|[{}]",
    re.DOTALL,
)
_TAG = re.compile(r"<(/?)answer\s*>", re.IGNORECASE)
_HASH = re.compile(r"(?<!#)####(?!#)")


class Span(NamedTuple):
    """Where a marked answer stands: its mark, begin and end of its content, what follows."""

    start: int
    inner: int
    end: int
    after: int


def boxes(text: str) -> list[Span]:
    """Return the outermost boxes.

    `opened` holds a span for every box still open and None for every plain brace.
    """
    found: list[Span] = []
    opened: list[Span | None] = []
    for token in _BRACE.finditer(text):
        mark = token.group()
        if token["bare"]:  # $\\boxed18$
            if not any(opened):
                found.append(Span(token.start(), *token.span("number"), token.end()))
        elif mark == "{":
            opened.append(None)
        elif len(mark) > 2:
            opened.append(Span(token.start(), token.end(), -1, -1))
        elif mark == "}" and opened and (box := opened.pop()):
            while found and found[-1].start > box.start:
                found.pop()
            found.append(box._replace(end=token.start(), after=token.end()))
    return found if not any(opened) else []


def _tags(text: str) -> list[Span]:
    """Return the pairs of tags; a closing tag without its opening one is only text."""
    spans: list[Span] = []
    opened = None
    for tag in _TAG.finditer(text):
        if not tag[1]:
            if opened:
                return []
            opened = tag
        elif opened:
            spans.append(Span(opened.start(), opened.end(), tag.start(), tag.end()))
            opened = None
    return [] if opened else spans


def _hashes(text: str) -> list[Span]:
    """Return what follows each `####`, up to the next one or the end of the line."""
    spans: list[Span] = []
    for line in re.finditer(r"[^\n]+", text):
        marks = list(_HASH.finditer(text, line.start(), line.end()))
        ends = [mark.start() for mark in marks[1:]] + [line.end()]
        spans += [Span(m.start(), m.end(), e, e) for m, e in zip(marks, ends, strict=False)]
    return spans


@dataclass(frozen=True)
class AnswerFormat:
    """One way to mark the final answer.

    Attributes:
        scan: the scanner.
        opening: what a mark begins with.
        shown: a mark in an explanation.
        place: where the answer belongs, in what a model is told.
        before: what stands before an answer.
        behind: what stands behind it.
    """

    scan: Callable[[str], list[Span]]
    opening: re.Pattern[str]
    shown: str
    place: str
    before: str
    behind: str

    @property
    def instruction(self) -> str:
        """The sentence that asks a model for this format."""
        return f"Put your final answer in {self.place}."

    def write(self, answer: str) -> str:
        """Return `answer` as a response in this format marks it."""
        return f"{self.before}{answer}{self.behind}"


_OPENING_TAG = re.compile(r"<answer\s*>", re.IGNORECASE)
_LAST_LINE = "a last line that begins with ####"
FORMATS = {
    "boxed": AnswerFormat(boxes, BOX, r"\boxed{...}", r"\boxed{}", r"\boxed{", "}"),
    "answer_tag": AnswerFormat(_tags, _OPENING_TAG, "<answer>...</answer>", "<answer></answer>",
                               "<answer>", "</answer>"),
    "hash": AnswerFormat(_hashes, re.compile("####"), "#### ...", _LAST_LINE, "#### ", ""),
}  # fmt: skip
ANSWER_FORMATS = tuple(FORMATS)


def format_named(name: str) -> AnswerFormat:
    """Return the format called `name`.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    if name not in FORMATS:
        known = ", ".join(ANSWER_FORMATS)
        raise ValueError(f"Unknown answer format {name!r}; known are {known}.")
    return FORMATS[name]
