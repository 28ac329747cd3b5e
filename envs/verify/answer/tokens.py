r"""From LaTeX or plain text to a list of tokens that ignores how it is typeset.

A token is a number (`12.5`), a command (`\frac`), a run of letters of a `\text`-like group (marked
by a leading quote: `"cm`), a single letter or a symbol. Typesetting goes: `\left`, thin spaces,
`\dfrac`, fonts, dollar signs, unicode signs. Meaning stays: braces, brackets, order, case.
"""

from __future__ import annotations

import re

from .rewrites import FONTS, rewritten, without_grouping

Tokens = tuple[str, ...]

TEXT = '"'
DEGREE = TEXT + "degree"

SMALL_GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi"
    " rho sigma tau upsilon phi varphi chi psi omega"
)
CAPITAL_GREEK = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"

_TOKEN = re.compile(
    r"\\(?:begin|end)\s*\{[^{}]*\}"
    rf"|\\(?:{FONTS})\s*\{{(?P<text>[^{{}}]*)\}}"
    r"|\\[a-zA-Z]+|\\."
    r"|(?P<number>(?:[0-9]+\.(?=\s*\\overline)|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>[a-zA-Z]{2,}|[\u3400-\u9fff]+)"
    r"|\S",
    re.DOTALL,
)
_PLAIN_WORDS = {
    "sqrt", "pi", "infty", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "arcsin",
    "arccos", "arctan", "sinh", "cosh", "tanh", "max", "min", "gcd", "lcm", "deg", "det",
}  # fmt: skip
_SHORT_WORDS = {
    "or", "and", "if", "cm", "mm", "km", "kg", "ft", "mph", "the", "The", "Mrs", "Mr", "Ms", "Dr",
    "are", "not", "all", "was", "his", "her", "its", "per", "for", "men", "They", "has", "had",
}  # fmt: skip
_PERCENT = {"percent", "pct"}
_WHOLE = re.compile(r"[0-9]+")
_CJK = re.compile(r"[\u3400-\u9fff]")
_UNIT_LETTERS = {*"mgshlLJNWVK", "\u00c5", "\u03a9"}
# An answer of one word; of two letters only what is no product of them.
_WORD = re.compile(r"\s*([a-zA-Z]{3,}|[A-Z][a-z]|no|NO|ok|OK)\s*[.!]?\s*")
_LABEL = re.compile(r"\s*([A-J])\s*([.:)])\s*")  # of a choice; its stop is no end of an answer
_COUNTED = re.compile(r"([^a-zA-Z{}\\]*[0-9])\s+(\(?[a-zA-Z][a-zA-Z' -]*[a-zA-Z]\)?\s*[.!]?\s*)")
_CLOSE_UP = re.compile(r" ?((?<!\\)[{}()\[\],^_!%]) ?")
_ARGUMENTS = {r"\frac": 2, r"\binom": 2, r"\sqrt": 1}


def tokenize(text: str) -> Tokens:
    """Return the tokens of `text`; equal token lists are the same answer."""
    if _WHOLE.fullmatch(text):  # most answers of most tasks
        return (_plain_number(text),)
    text = rewritten(text)
    if (word := _WORD.fullmatch(text)) and word[1] not in _PLAIN_WORDS:
        return (_marked(word[1]),)
    text = _as_text(without_grouping(text))
    return _brace_arguments(_strip_stops([t for m in _TOKEN.finditer(text) for t in _tokens(m)]))


def _as_text(text: str) -> str:
    """Mark the words behind a number, short ones too, if one is long enough to be no product."""
    found = _COUNTED.fullmatch(text)
    words = re.findall(r"[a-zA-Z]+", found[2]) if found else []
    if not found or not any(len(w) > 3 and w not in _PLAIN_WORDS for w in words):
        return text
    return rf"{found[1]}\text{{{found[2]}}}"


def display(tokens: Tokens) -> str:
    """Return readable LaTeX, equal for equal tokens."""
    spaced = " ".join(rf"\text{{{t[1:]}}}" if t.startswith(TEXT) else t for t in tokens)
    return _CLOSE_UP.sub(r"\1", spaced)


def is_whole(token: str) -> bool:
    """Return whether a token is a whole number; the digits of other scripts are none."""
    return token.isascii() and token.isdigit()


def _tokens(match: re.Match[str]) -> list[str]:
    if (content := match["text"]) is not None:
        return _text_tokens(content)
    if match["number"]:
        return [_plain_number(match[0])]
    if match["word"]:
        return _word_tokens(match[0])
    return [match[0]]


def _text_tokens(content: str) -> list[str]:
    r"""Words of `\text{...}` become marked tokens; `\text{12}` and `\text{C}` are just 12 and C."""
    content = content.replace(r"\cdot", "\u00b7")
    if label := _LABEL.fullmatch(content):
        return [label[1], label[2]]
    words = re.findall(r"[^\W\d_]+", content)
    if not any(len(word) > 1 or _CJK.match(word) for word in words) and not _are_units(words):
        return list(tokenize(content))
    pieces = re.findall(r"[^\W\d_]+(?:'[a-z]+)?|[0-9]+(?:\.[0-9]+)?|\S", content)
    # `A, C and F` names three letters; in `a circle` the letter is a word.
    longer = {word for word in words if len(word) > 1}
    lettered = bool(longer) and longer <= {"and", "or"}
    return [
        _marked(piece)
        if piece[0].isalpha() and (len(piece) > 1 or not lettered)
        else piece.replace("\u00b7", r"\cdot")
        for piece in pieces
    ]


def _are_units(words: list[str]) -> bool:
    """Lone small letters set upright are units (m, g, m/s); a capital one names a choice."""
    return bool(words) and all(word in _UNIT_LETTERS for word in words)


def _marked(word: str) -> str:
    if word in _PERCENT:
        return "%"
    return "\\" + word if word in _PLAIN_WORDS - {"min", "deg"} else TEXT + word


def _word_tokens(word: str) -> list[str]:
    """Return `sin` as the function, a run of four letters as a word, shorter ones as letters."""
    if word in _PLAIN_WORDS:
        return ["\\" + word]
    if len(word) > 3 or word in _SHORT_WORDS or _CJK.match(word):
        return [_marked(word)]
    return list(word)


def _plain_number(literal: str) -> str:
    """Return a number without the zeros that do not count: 007 is 7, .5 is 0.5."""
    if "e" in literal or "E" in literal:
        return literal.lower()
    whole, dot, decimals = literal.partition(".")
    return (whole.lstrip("0") or "0") + dot + decimals


def _strip_stops(tokens: list[str]) -> list[str]:
    """Drop punctuation at the end; an ellipsis is no punctuation."""
    while tokens and tokens[-1] in {".", ",", ";", ":"} and tokens[-2:] != [".", "."]:
        tokens.pop()
    return tokens


def _brace_arguments(tokens: list[str]) -> Tokens:
    r"""Give bare arguments their braces: `\frac12`, `\frac{1}2`, `\sqrt2`, `x^2`, `x_1`.

    `owed` counts the arguments the last command still waits for; `outer` keeps it while inside one.
    """
    rest = tokens[::-1]
    out: list[str] = []
    outer: list[int] = []
    owed = 0
    while rest:
        token = rest.pop()
        if owed and out[-1] == r"\sqrt" and token == "[":  # a degree
            out.append(token)
            while rest and out[-1] != "]":
                out.append(rest.pop())
            continue
        if owed and out[-1] == r"\sqrt" and token == "(":
            _close_with_brace(rest)
            token = "{"
        if token == "{":
            outer.append(max(owed - 1, 0))
            owed = 0
        elif token == "}":
            owed = outer.pop() if outer else 0
        elif token in _ARGUMENTS:
            owed = _ARGUMENTS[token]
        elif owed:
            if is_whole(token) and len(token) > 1:
                rest.append(token[1:])
            out += ["{", token[0] if is_whole(token) else token]
            token, owed = "}", owed - 1
        elif out and out[-1] in {"^", "_"} and token not in {"(", "-", "+"}:
            out += ["{", token]  # 2^10 and x_12: people mean the whole number
            token = "}"
        out.append(token)
    return tuple(out)


def _close_with_brace(rest: list[str]) -> None:
    """Turn the parenthesis that closes an argument already opened into a brace, in place."""
    depth = 1
    for i in range(len(rest) - 1, -1, -1):
        depth += (rest[i] == "(") - (rest[i] == ")")
        if depth == 0:
            rest[i] = "}"
            return
