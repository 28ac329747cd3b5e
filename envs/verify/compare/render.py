r"""From tokens back to LaTeX that the symbolic parser reads as a person would (`parsable`).

The parser of the symbolic tier skips what it does not know (`42 \ldots` is 42 to it), adds numbers
that stand side by side, folds case, reads degrees as radians, decimals as floats and, under ANTLR
4.9.3, no percent sign at all. So it is only given tokens from a closed list, rewritten to mean the
same to it as to a reader.
"""

from __future__ import annotations

from fractions import Fraction

from ..answer.cursor import is_number
from ..answer.numbers import decimal, mixed_number
from ..answer.tokens import CAPITAL_GREEK, DEGREE, SMALL_GREEK, TEXT, Tokens

_OTHERS = (
    "frac sqrt binom cdot times div pi infty sin cos tan cot sec csc arcsin arccos arctan sinh cosh"
    " tanh log ln exp le ge lt gt ne cup cap setminus { } lfloor rfloor lceil rceil sum prod int"
    " emptyset in max min gcd lcm det"
)
_COMMANDS = {"\\" + name for name in f"{SMALL_GREEK} {_OTHERS}".split()}
_CAPITAL_GREEK = {"\\" + name for name in CAPITAL_GREEK.split()}
GREEK = _CAPITAL_GREEK | {"\\" + name for name in SMALL_GREEK.split()}
_KNOWN = {*"+-*/^_(){}[]|!=<>,%", DEGREE} | _COMMANDS | _CAPITAL_GREEK
ACCENTS = {f"\\{name}" for name in ("dot", "ddot", "hat", "vec", "tilde")}
LETTERS = {r"\hbar", r"\ell"}
_OURS = {"'"} | ACCENTS | LETTERS  # what our reader knows and the third party's does not
_WORDS = {TEXT + "or", TEXT + "and", r"\lor", r"\land", r"\vee", r"\wedge", r"\mid", ":"}
_CAPITAL = "_{900}"


def readable(tokens: Tokens) -> bool:
    """Return whether all tokens are of the closed list that the symbolic tier knows."""
    return all(_known(token) or token in _WORDS or token in _OURS for token in tokens)


def parsable(tokens: Tokens) -> str | None:
    """Return LaTeX the symbolic parser cannot misread, or None if there is none."""
    following = [*tokens[1:], ""]
    if not all(map(_known, tokens)) or any(map(_misread, tokens, following)):
        return None
    out: list[str] = []
    i = 0
    while i < len(tokens):
        if mixed := mixed_number(tokens[i : i + 8]):
            out.append(_fraction(mixed))
            i += 8
        else:
            out.append(_rewritten(tokens[i], following[i]))
            i += 1
    return " ".join(out)


def _known(token: str) -> bool:
    if token in _KNOWN:
        return True
    if is_number(token):
        mantissa, _, exponent = token.partition("e")
        return len(mantissa) < 500 and len(exponent) < 4
    return len(token) == 1 and token.isascii() and token.isalpha()


def _misread(token: str, following: str) -> bool:
    """Whether the parser misreads it: numbers side by side, a base, a double factorial."""
    if is_number(token):
        return is_number(following) or following == "_"
    return token == following == "!"


def _rewritten(token: str, following: str) -> str:
    r"""Return one token as the parser should see it; capitals get a mark that folding case keeps.

    A degree sign belongs to the number before it: `\sin 30^\circ` is `\sin(30\pi/180)`.
    """
    if is_number(token):
        value = decimal(token)
        return _fraction(value, r" \pi", 180) if following == DEGREE else _fraction(value)
    if token == DEGREE:
        return ""
    if token == "%":
        return r"\cdot \frac{1}{100}"
    if token == "E":  # the parser takes e, whatever its mark, for the constant
        return r"\varepsilon" + _CAPITAL
    if (token.isupper() or token in _CAPITAL_GREEK) and following != "_":
        return token.lower() + _CAPITAL
    return token


def _fraction(value: Fraction, factor: str = "", divisor: int = 1) -> str:
    top, bottom = value.as_integer_ratio()
    if bottom * divisor == 1:
        return str(top)
    return rf"( \frac{{{top}{factor}}}{{{bottom * divisor}}} )"
