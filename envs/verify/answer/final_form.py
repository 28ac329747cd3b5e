r"""Is an answer worked out? The verifier compares values, so `\boxed{47+38}` equals 85.

A question that states its answer as something still to be computed needs more: an answer in final
form. Each function says whether a text has one; all are linear in its length and never evaluate.
"""

from __future__ import annotations

import re

_AND = re.compile(r"\\text\{\s*(?:or|and)\s*\}|\b(?:or|and)\b")
_STYLE = re.compile(r"\\(?:text|textbf|mathrm|mathbf|mbox)\{([^{}]*)\}")
_NOISE = re.compile(r"\\left|\\right|\\displaystyle|\\[,;:! ]|\\\$|[\s$]")
_SAME = {
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\times": "*", r"\cdot": "*", r"\div": "/",
    "\u00d7": "*", "\u00b7": "*", "\u22c5": "*", "\u00f7": "/", "\u2212": "-", "**": "^",
}  # fmt: skip
_SPELLED = re.compile("|".join(map(re.escape, sorted(_SAME, key=len, reverse=True))))
_NAME = re.compile(r"^[A-Za-z](?:_?\{?[0-9A-Za-z]\}?)?(?:=|\\in)")

_INTEGER = r"[0-9]+"
_FRACTION = rf"\\frac\{{-?{_INTEGER}\}}\{{-?{_INTEGER}\}}|\\frac[0-9]{{2}}|-?{_INTEGER}/{_INTEGER}"
_DECIMAL = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]*)?|\.[0-9]+"
_REPEATING = r"[0-9]*\.[0-9]*\\overline\{[0-9]+\}"
_MIXED = rf"{_INTEGER}\\frac(?:\{{{_INTEGER}\}}\{{{_INTEGER}\}}|[0-9]{{2}})"
_NUMBER = re.compile(rf"[+-]?\(?(?:{_FRACTION}|{_MIXED}|{_REPEATING}|{_DECIMAL})\)?(?:\\?%)?")

_ROOT = rf"(?:{_INTEGER}\*?)?\\sqrt(?:\{{{_INTEGER}\}}|[0-9])"
_TERM = (
    rf"(?:\\frac\{{-?(?:{_INTEGER}|{_ROOT})\}}\{{{_INTEGER}\}}|\\frac[0-9]{{2}}|"
    rf"{_ROOT}(?:/{_INTEGER})?|{_INTEGER}(?:/{_INTEGER})?)"
)
_LINE = rf"[+-]?{_TERM}(?:(?:[+-]|\\pm|\\mp|\u00b1){_TERM})?"
_SURD = re.compile(
    rf"-?\\frac\{{{_LINE}\}}\{{{_INTEGER}\}}|-?\({_LINE}\)/{_INTEGER}|{_LINE}|"
    rf"-?(?:\\frac\{{1\}}\{{{_INTEGER}\}})\({_LINE}\)"
)
# What leaves something to compute: a sign between two things, or the name of an operation.
_UNDONE = re.compile(r"[+*/^!]|[\w)}]-|\\(?:sum|prod|int|lim|gcd|lcm|binom|log|ln|b?mod|pmod)")

# A multiple of pi, which no smaller form is expected of.
_ANGLE = re.compile(
    rf"[+-]?(?:\\frac\{{(?:{_INTEGER})?\\pi\}}\{{{_INTEGER}\}}|\\frac\\pi[0-9]|"
    rf"(?:{_INTEGER}\*?|{_FRACTION})?\\pi(?:/{_INTEGER})?)"
)


def plain(text: str) -> str:
    """Return `text` without spaces, dollars and size commands, with one spelling per operator."""
    bare = _NOISE.sub("", _STYLE.sub(r"\1", text)).removesuffix(".")
    return _SPELLED.sub(lambda found: _SAME[found.group()], bare)


def is_number(text: str) -> bool:
    r"""Return whether `text` writes one number out: 85, -3/4, \frac{3}{4}, 1.25, 12\%, x = 5.

    >>> [is_number(text) for text in ("85", r"-\frac{3}{4}", "x = 5", "47+38", r"\gcd(4, 6)")]
    [True, True, True, False, False]
    """
    return bool(_NUMBER.fullmatch(_value(text)))


def is_surd(text: str) -> bool:
    r"""Return whether `text` is a number, or a sum of a rational and a root of a whole number."""
    value = _value(text)
    return bool(_NUMBER.fullmatch(value) or _SURD.fullmatch(value))


def members(text: str) -> list[str]:
    r"""Return the parts of a tuple, a set or a plain list, split at commas outside brackets."""
    body = plain(_AND.sub(",", text))
    for left, right in (("\\{", "\\}"), ("(", ")"), ("[", "]")):
        if body.startswith(left) and body.endswith(right):
            body = body[len(left) : -len(right)]
            break
    parts, depth = [""], 0
    for char in body:
        depth += (char in "({[") - (char in ")}]")
        if char in ",;" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def is_formula(text: str) -> bool:
    """Return whether `text` leaves an operation to do; a number or a multiple of pi does not."""
    return _leaves_an_operation(plain(text))


def is_echo(question: str, answer: str, gold: str) -> bool:
    r"""Return whether `answer` is a formula copied from the question, not the gold itself.

    >>> is_echo("What is 47+38?", "47 + 38", "85")
    True
    >>> is_echo(r"Find the angle in $[0, \pi/2]$.", r"\pi/2", r"\frac{\pi}{2}")
    False
    """
    said = plain(answer)
    return _leaves_an_operation(said) and said in plain(question) and said != plain(gold)


def _leaves_an_operation(said: str) -> bool:
    whole = _NUMBER.fullmatch(said) or _ANGLE.fullmatch(said)
    return bool(_UNDONE.search(said)) and not whole


def _value(text: str) -> str:
    """Return what stands after the last equals sign; the verifier refuses a false chain."""
    body = plain(text)
    name = _NAME.match(body)
    return body[name.end() :] if name else body.rpartition("=")[2]
