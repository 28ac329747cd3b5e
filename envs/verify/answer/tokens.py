r"""From LaTeX or plain text to a list of tokens that ignores how it is typeset.

A token is a number (`12.5`), a command (`\frac`), a run of letters of a `\text`-like group (marked
by a leading quote: `"cm`), a single letter or a symbol. Typesetting goes: `\left`, thin spaces,
`\dfrac`, fonts, dollar signs, unicode signs. Meaning stays: braces, brackets, order, case.
"""

# ruff: noqa: RUF001  (look-alike characters are what this file is about)
from __future__ import annotations

import re

Tokens = tuple[str, ...]

TEXT = '"'
DEGREE = TEXT + "degree"

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_UNICODE = {
    **dict.fromkeys("−–—‐‑﹣－", "-"), **dict.fromkeys("×✕✖", r"\times "), "÷": r"\div ",
    **dict.fromkeys("·⋅∙", r"\cdot "), "π": r"\pi ", "∞": r"\infty ", "√": r"\sqrt ",
    "°": r"^\circ ", "∪": r"\cup ", "∩": r"\cap ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ",
    "∈": r"\in ", "∅": r"\emptyset ", "±": r"\pm ", "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}", "％": "%", "，": ",",
    "（": "(", "）": ")", "＝": "=", "＋": "+", "．": ".", "′": "'", "’": "'",
    "€": r"\text{euro}", "£": r"\text{pound}",
    **{chr(0xFF10 + d): str(d) for d in range(10)},
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
                    "\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", ""),
}  # fmt: skip
_UNICODE_TABLE = str.maketrans(_UNICODE)

_FONTS = (
    "text|textbf|textit|textrm|textsf|texttt|textnormal|mathrm|mathbf|mathit|mathsf|mathtt|mathcal"
    "|operatorname|mbox|hbox|rm|bf|it|boldsymbol|bm|emph"
)
_UPRIGHT = r"\\(?:text|mathrm)\s*\{[^{}]*\}"
_REWRITES = [
    (re.compile(p), r)
    for p, r in (
        (r"\\\\(?:\s*\[[^\]]*\])?", r"\\cr "),
        (r"[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "^{" + m[0].translate(_SUPERSCRIPTS) + "}"),
        (r"\\(?:left|right|middle|[bB]igg?[lrm]?)(?![a-zA-Z])\s*\.?", ""),
        (r"\\(?:displaystyle|textstyle|limits|nolimits|hfill|hline)(?![a-zA-Z])", ""),
        (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
        (r"\\[dt]binom(?![a-zA-Z])", r"\\binom"),
        (rf"\\(?:{_FONTS})\s*\{{\s*\\\$\s*\}}", r"\\$"),
        (rf"\\frac\s*\{{\s*({_UPRIGHT})\s*\}}\s*\{{\s*({_UPRIGHT})\s*\}}", r"\1/\2"),
        (r"\{([^{}\\]*)\\over(?![a-zA-Z])([^{}]*)\}", r"\\frac{\1}{\2}"),
        (r"\\begin\s*\{array\}\s*\{[clr| ]*\}", r"\\begin{array}"),
        (r"\{,\}", ","),
        (r"\\!", ""),
        # A thin or plain space groups thousands: 1\,000\,000 and 1 000 000, not 3 125/200.
        (
            r"(?<![\d.])\d{1,3}(?:(?:\\[, ;:]|~| )\d{3})+(?![\d/]|\s*/)",
            lambda m: re.sub(r"\D", "", m[0]),
        ),
        (r"\\(?:[,;: >]|quad|qquad|enspace|thinspace)(?![a-zA-Z])|~", " "),
        (r"\\[()\[\]]", " "),
        (
            r"\^\s*\{?\s*\\(?:circ|degree)\s*\}?|\\(?:degree|textdegree)(?![a-zA-Z])",
            r"\\text{degree}",
        ),
        (r"\\(?:leq|leqslant)(?![a-zA-Z])", r"\\le"),
        (r"\\(?:geq|geqslant)(?![a-zA-Z])", r"\\ge"),
        (r"\\neq(?![a-zA-Z])", r"\\ne"),
        (r"<=", r"\\le "),
        (r">=", r"\\ge "),
        (r"\\(?:varnothing|O)(?![a-zA-Z])", r"\\emptyset"),
        (r"\\mathbb\s*(?:\{\s*R\s*\}|R)|\\R(?![a-zA-Z])|\\Reals", r"(-\\infty,\\infty)"),
        (r"\\lbrace(?![a-zA-Z])", r"\\{"),
        (r"\\rbrace(?![a-zA-Z])", r"\\}"),
        (r"\\(?:bar|overline)(?![a-zA-Z])", r"\\overline"),
        (r"\\lvert(?![a-zA-Z])|\\rvert(?![a-zA-Z])|\\vert(?![a-zA-Z])", "|"),
        (r"^\s*\*\*(.*)\*\*\s*$", r"\1"),
        (r"\*\*", "^"),
        (r"(^|\{)\s*(?:[Aa]n?|[Tt]he)\s+(?=[a-zA-Z]{4,})", r"\1"),
        (r"\\%", "%"),
        (r"\\\$", r"\\text{dollar}"),
        (r"\$", " "),
    )
]
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_TOKEN = re.compile(
    r"\\(?:begin|end)\s*\{[^{}]*\}"
    rf"|\\(?:{_FONTS})\s*\{{(?P<text>[^{{}}]*)\}}"
    r"|\\[a-zA-Z]+|\\."
    r"|(?P<number>(?:[0-9]+\.(?=\s*\\overline)|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>[a-zA-Z]{2,})"
    r"|\S",
    re.DOTALL,
)
_PLAIN_WORDS = {
    "sqrt", "pi", "infty", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "arcsin",
    "arccos", "arctan", "sinh", "cosh", "tanh", "max", "min", "gcd", "lcm", "deg", "det",
}  # fmt: skip
_SHORT_WORDS = {"or", "and", "if", "cm", "mm", "km", "kg", "ft", "mph"}
_PERCENT = {"percent", "pct"}
_WHOLE = re.compile(r"[0-9]+")
_WORD = re.compile(r"\s*[a-zA-Z]{3,}\s*")
_CLOSE_UP = re.compile(r" ?((?<!\\)[{}()\[\],^_!%]) ?")
_ARGUMENTS = {r"\frac": 2, r"\binom": 2, r"\sqrt": 1}


def tokenize(text: str) -> Tokens:
    """Return the tokens of `text`; equal token lists are the same answer."""
    if _WHOLE.fullmatch(text):  # most answers of most tasks
        return (_plain_number(text),)
    text = text.translate(_UNICODE_TABLE)
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    if _WORD.fullmatch(text) and text.strip() not in _PLAIN_WORDS:
        return (_marked(text.strip()),)
    if not re.search(r"[(\[]|\\\{", text):
        text = _THOUSANDS.sub(lambda m: m[0].replace(",", ""), text)
    return _brace_arguments(_strip_stops([t for m in _TOKEN.finditer(text) for t in _tokens(m)]))


def display(tokens: Tokens) -> str:
    """Return readable LaTeX, equal for equal tokens."""
    spaced = " ".join(rf"\text{{{t[1:]}}}" if t.startswith(TEXT) else t for t in tokens)
    return _CLOSE_UP.sub(r"\1", spaced)


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
    if not re.search(r"[^\W\d_]{2,}", content) and not _is_unit_letter(content):
        return list(tokenize(content))
    pieces = re.findall(r"[^\W\d_]+(?:'[a-z]+)?|[0-9]+(?:\.[0-9]+)?|\S", content)
    return [_marked(piece) if piece[0].isalpha() else piece for piece in pieces]


def _is_unit_letter(content: str) -> bool:
    """A lone small letter set upright is a unit (m, g, s); a capital one names a choice."""
    return content.strip() in {"m", "g", "s", "h", "l", "L", "J", "N", "W", "V", "K"}


def _marked(word: str) -> str:
    if word in _PERCENT:
        return "%"
    return "\\" + word if word in _PLAIN_WORDS - {"min", "deg"} else TEXT + word


def _word_tokens(word: str) -> list[str]:
    """Return `sin` as the function, a run of four letters as a word, shorter ones as letters."""
    if word in _PLAIN_WORDS:
        return ["\\" + word]
    if len(word) > 3 or word in _SHORT_WORDS:
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
        elif owed and token != "[" and "[" not in out[-2:]:
            if token.isdigit() and len(token) > 1:
                rest.append(token[1:])
            out += ["{", token[0] if token.isdigit() else token]
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
