"""Golds that are sentences: only the very same words would ever be paid."""

from __future__ import annotations

import re

_MATH = re.compile(r"\$[^$]*\$|\\(?!text|mbox|textbf|mathrm)[A-Za-z]+")
_WORD = re.compile(r"[^\W\d_][^\W\d_]+(?:['\u2019]\w+)?")
_MARKUP = re.compile(r"\\(?:text|mbox|textbf|mathrm)\b")
_NO_ANSWER = re.compile(
    r"\W*(?:see\b|(?:the )?proof\b|prove[dn]?\b|omitted\b|refer to\b|as (?:shown|above|stated)\b"
    r"|no answer\b|not (?:given|available)\b|n/a\W*$|answers? (?:may |will )?var)",
    re.I,
)
_VERBS = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had|can|cannot|does|do|did|will|would|must|should|exists?"
    r"|holds|follows|means|gives)\b",
    re.I,
)
_LONGEST = 6


def prose_problem(gold: str) -> str:
    r"""Return why `gold` is prose and no answer, or "" if it is not.

    A name of a few words, such as `The Cooper wedding`, is an answer; a sentence with a verb, a
    proof or a reference to one is not.

    >>> prose_problem("See the text above."), prose_problem(r"\text{east}")
    ('it is prose that gives no answer', '')
    """
    if _NO_ANSWER.match(_MARKUP.sub("", gold).lstrip("{ ")):
        return "it is prose that gives no answer"
    said = _MARKUP.sub(" ", _MATH.sub(" ", gold))
    count = len(_WORD.findall(said))
    if count > _LONGEST or (count > 2 and _VERBS.search(said)):
        return "it is a sentence, of which only the same words would be paid"
    return ""
