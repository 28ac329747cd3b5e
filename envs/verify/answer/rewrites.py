r"""Text to text: typesetting goes, and what people write in several ways is written in one.

Unicode signs become commands; sizes, fonts without braces, colours, underlines and check marks go;
times, ordinals and grouped thousands get one spelling. Meaning stays: braces, brackets, order,
case.
"""

# ruff: noqa: RUF001  (look-alike characters are what this file is about)
from __future__ import annotations

import re
from typing import Any

FONTS = (
    "text|textbf|textit|textrm|textsf|texttt|textnormal|mathrm|mathbf|mathit|mathsf|mathtt|mathcal"
    "|operatorname|mbox|hbox|rm|bf|it|boldsymbol|bm|emph"
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_UNICODE = {
    **dict.fromkeys("−–—‐‑﹣－", "-"), **dict.fromkeys("×✕✖", r"\times "), "÷": r"\div ",
    **dict.fromkeys("·⋅∙", r"\cdot "), "π": r"\pi ", "∞": r"\infty ", "√": r"\sqrt ",
    "°": r"^\circ ", "∪": r"\cup ", "∩": r"\cap ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ",
    "∈": r"\in ", "∅": r"\emptyset ", "±": r"\pm ", "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}", "≈": r"\approx ", "¬": r"\lnot ",
    "％": "%", "，": ",", "、": ",", "；": ";", "：": ":", "。": ".", "（": "(", "）": ")",
    "［": "[", "］": "]", "＝": "=", "＋": "+", "．": ".", "′": "'", "’": "'", "″": "''",
    "…": r"\ldots ", "\u212b": "\u00c5", "\u00b5": "\u03bc", "\u2126": "\u03a9",
    "€": r"\text{euro}", "£": r"\text{pound}", "¥": r"\text{yen}", "₹": r"\text{rupee}",
    **{chr(0xFF10 + d): str(d) for d in range(10)},
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
                    "\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f", ""),
}  # fmt: skip
_UNICODE_TABLE = str.maketrans(_UNICODE)

_UPRIGHT = r"\\(?:text|mathrm)\s*\{[^{}]*\}"
_SPACE = r"(?:\\[,;:! ]|~)"
_CLOCK = r"([0-9]{1,2}(?:\s*:\s*[0-9]{2})?)\s*"
_HALF = r"([AaPp])\s?\.?\s?[Mm](?![a-zA-Z])\.?"
_ENDING = r"(?:st|nd|rd|th)(?![a-zA-Z])"


_ENDINGS = ("st", "nd", "rd", "th")
_SHORT_UNITS = (
    "USD", "usd", "EUR", "eur", "GBP", "CNY", "RMB", "lbs", "hrs", "mins", "secs", "yds", "kmh",
    "kph",
)  # fmt: skip
# Commands that say nothing of what is meant.
_PLAIN = (
    "displaystyle|textstyle|limits|nolimits|hfill|hline|tiny|small|normalsize|large|Large|LARGE"
    "|huge|Huge|underline|uline|checkmark|square|blacksquare|Box|qed"
)


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match[0])


def _circled(match: re.Match[str]) -> str:
    number = int(match[1])
    return chr(0x245F + number) if 1 <= number <= 20 else match[0]


def _time(match: re.Match[str]) -> str:
    return rf"{''.join(match[1].split())}\text{{{match[2].lower()}m}}"


_B = "\\"
# What a text must hold for a rule to have work, the rule, and what it writes. Looking for a few
# letters costs a tenth of looking for a pattern.
_RULES: list[tuple[tuple[str, ...], str, Any]] = [
    ((_B + _B,), r"\\\\(?:\s*\[[^\]]*\])?", r"\\cr "),
    (
        (r"\left",),
        r"\\left\s*\\\{\s*\\begin\s*\{(?:array|aligned)\}(?:\{[clr| ]*\})?(.*?)"
        r"\\end\s*\{(?:array|aligned)\}\s*\\right\s*\.",
        r"\\begin{cases}\1\\end{cases}",
    ),
    (("color",), r"\\(?:text)?color(?:box)?\s*(?:\[[^\]]*\])?\s*\{[^{}]*\}", ""),
    ((_B,), r"\\(?:bf|rm|it|sf|tt)(?![a-zA-Z])(?!\s*\{)", ""),
    ((_B,), r"\\(?:left|right|middle|[bB]igg?[lrm]?)(?![a-zA-Z])\s*\.?", ""),
    ((_B,), rf"\\(?:{_PLAIN})(?![a-zA-Z])", ""),
    (("frac",), r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
    (("binom",), r"\\[dt]binom(?![a-zA-Z])", r"\\binom"),
    ((r"\$",), rf"\\(?:{FONTS})\s*\{{\s*\\\$\s*\}}", r"\\$"),
    ((r"\frac",), rf"\\frac\s*\{{\s*({_UPRIGHT})\s*\}}\s*\{{\s*({_UPRIGHT})\s*\}}", r"\1/\2"),
    ((r"\over",), r"\{([^{}\\]*)\\over(?![a-zA-Z])([^{}]*)\}", r"\\frac{\1}{\2}"),
    (("array",), r"\\begin\s*\{array\}\s*\{[clr| ]*\}", r"\\begin{array}"),
    (("dot", "..."), r"\\(?:[cl]?dots[bcimo]?|hdots|ldotp)(?![a-zA-Z])|\.\.\.+", r"\\ldots "),
    ((r"\not", "!="), r"\\not\s*=|\\not\s*\\eq(?![a-zA-Z])|(?<=\s)!=", r"\\ne "),
    ((r"\not",), r"\\not\s*\\in(?![a-zA-Z])", r"\\notin "),
    (("{,}",), r"\{,\}", ","),
    # Thousands with a space behind the comma: 11,\!111 anywhere.
    ((r"\!",), r"(?<![\d.,])\d{1,3}(?:,\s*\\!\s*\d{3})+(?!\d)", _digits),
    ((r"\!",), r"\\!", ""),
    (("phantom",), r"\\[vh]?phantom\s*(?:\{[^{}]*\}|[^\s{])", ""),
    ((".",), r"(?<=[0-9])\.(?=\s*[/*])", ""),  # -1./3
    # A thin or plain space groups thousands: 1\,000\,000 and 1 000 000, not 3 125/200.
    (
        (" ", "~", r"\,", r"\;", r"\:"),
        r"(?<![\d.])\d{1,3}(?:(?:\\[, ;:]|~| )\d{3})+(?![\d/]|\s*/)",
        _digits,
    ),
    ((_B, "~"), r"\\[,;: >]|\\(?:quad|qquad|enspace|thinspace)(?![a-zA-Z])|~", " "),
    ((_B,), r"\\[()\[\]]", " "),
    (
        ("circ", "degree"),
        r"\^\s*\{?\s*\\(?:circ|degree)\s*\}?|\\(?:degree|textdegree)(?![a-zA-Z])",
        r"\\text{degree}",
    ),
    ((r"\leq",), r"\\(?:leq|leqslant)(?![a-zA-Z])", r"\\le"),
    ((r"\geq",), r"\\(?:geq|geqslant)(?![a-zA-Z])", r"\\ge"),
    ((r"\neq",), r"\\neq(?![a-zA-Z])", r"\\ne"),
    (("<=",), r"<=", r"\\le "),
    ((">=",), r">=", r"\\ge "),
    ((r"\varnothing", r"\O"), r"\\(?:varnothing|O)(?![a-zA-Z])", r"\\emptyset"),
    (
        ("mathbb", r"\R"),
        r"\\mathbb\s*(?:\{\s*R\s*\}|R)|\\R(?![a-zA-Z])|\\Reals",
        r"(-\\infty,\\infty)",
    ),
    ((r"\lbrace",), r"\\lbrace(?![a-zA-Z])", r"\\{"),
    ((r"\rbrace",), r"\\rbrace(?![a-zA-Z])", r"\\}"),
    ((r"\bar",), r"\\bar(?![a-zA-Z])", r"\\overline"),
    (("vert",), r"\\[lr]?vert(?![a-zA-Z])", "|"),
    (("**",), r"^\s*\*\*(.*)\*\*\s*$", r"\1"),
    (("**",), r"\*\*", "^"),
    ((" ",), r"(^|\{)\s*(?:[Aa]n?|[Tt]he)\s+(?=[a-zA-Z]{4,})", r"\1"),
    (("m", "M"), rf"\\text\s*\{{\s*{_CLOCK}{_HALF}\s*\}}", _time),
    (("m", "M"), rf"(?<![\d.]){_CLOCK}(?:\\(?:{FONTS})\s*\{{\s*{_HALF}\s*\}})", _time),
    (("m", "M"), rf"(?<![\d.]){_CLOCK}{_HALF}", _time),
    (
        _ENDINGS,
        rf"(?<=[0-9])\s*\^\s*(?:\{{\s*)?\\(?:{FONTS})\s*\{{\s*{_ENDING}\s*\}}(?:\s*\}})?",
        "",
    ),
    (_ENDINGS, rf"(?<=[0-9])\s*\\(?:{FONTS})\s*\{{\s*{_ENDING}\s*\}}", ""),
    (_ENDINGS, rf"(?<=[0-9])(?:\^\{{\s*)?{_ENDING}(?:\s*\}})?", ""),
    (("to",), r"^\s*([0-9.]+)\s*(?:\\text\s*\{\s*to\s*\}|to)\s*([0-9.]+)\s*$", r"\1:\2"),
    (_SHORT_UNITS, rf"(?<=[0-9])\s*({'|'.join(_SHORT_UNITS)})\s*\.?\s*$", r"\\text{\1}"),
    (("Rs",), r"^\s*(?:\\text\s*\{\s*)?Rs\.?\s*\}?\s*(?=[0-9])", r"\\text{rupee}"),
    ((r"\pounds",), r"\\pounds(?![a-zA-Z])", r"\\text{pound}"),
    (("yen",), r"\\(?:yen|textyen)(?![a-zA-Z])", r"\\text{yen}"),
    (("euro",), r"\\(?:euro|texteuro)(?![a-zA-Z])", r"\\text{euro}"),
    (("prime",), r"\^\s*\{?\s*\\prime\s*\\prime\s*\}?", "''"),
    (("prime",), r"\^\s*\{?\s*\\prime\s*\}?", "'"),
    (("cent",), r"\bper\s+cent\b", "percent"),
    ((r"\%",), r"\\%", "%"),
    ((r"\$",), r"\\\$", r"\\text{dollar}"),
    (("$",), r"\$", " "),
]
_OF_OTHER_SCRIPTS: list[tuple[str, Any]] = [
    (r"[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: "^{" + m[0].translate(_SUPERSCRIPTS) + "}"),
    (r"(?<=[①-⑳])\s*,\s*(?=[①-⑳])", ""),
    (r"(?<=[0-9a-zA-Z)\]}])\s*或\s*(?=[0-9a-zA-Z\\(\[-])", r"\\lor "),
    (r"(?<=[0-9a-zA-Z)\]}])\s*[和与及]\s*(?=[0-9a-zA-Z\\(\[-])", r"\\land "),
    (r"[✓✔☑]\s*$", ""),
]
_COMPILED = [(needles, re.compile(p), r) for needles, p, r in _RULES]
_COMPILED_OTHERS = [(re.compile(p), r) for p, r in _OF_OTHER_SCRIPTS]
_CIRCLED = re.compile(r"\\textcircled\s*\{?\s*([0-9]{1,2})\s*\}?")
_BRACKET = re.compile(r"[(\[]|\\\{")
_SPACED_THOUSANDS = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:,\s*{_SPACE}\s*\d{{3}})+(?![\d,])")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_GROUPS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")


def rewritten(text: str) -> str:
    """Return `text` in the one spelling that is then cut into tokens."""
    if "circled" in text:
        text = _CIRCLED.sub(_circled, text)
    if not text.isascii():
        text = text.translate(_UNICODE_TABLE)
        for pattern, replacement in _COMPILED_OTHERS:
            text = pattern.sub(replacement, text)
    if "," in text and not _BRACKET.search(text):
        text = _SPACED_THOUSANDS.sub(_digits, text)
    for needles, pattern, replacement in _COMPILED:
        for needle in needles:
            if needle in text:
                text = pattern.sub(replacement, text)
                break
    return text


def without_grouping(text: str) -> str:
    """Return `text` with 12,500 as 12500; within brackets a comma separates."""
    if "," not in text or _BRACKET.search(text):
        return text
    return _THOUSANDS.sub(lambda m: m[0].replace(",", ""), text)


def grouped_digits(text: str) -> str:
    r"""Return 70,110 for `70,110`, `70, 110` and `70,\ 110`: a number or a list; "" for others."""
    squeezed = re.sub(rf"{_SPACE}|\s|\$", "", text)
    return squeezed if _GROUPS.fullmatch(squeezed) else ""
