r"""Exact value of a rational expression, by a parser that cannot be made to work hard.

    sum     := product (('+' | '-') product)*
    product := signed (('*' | '\cdot' | '\times' | '/' | '\div')? signed)*
    signed  := ('-' | '+')* power
    power   := postfix ('^' signed)?
    postfix := atom ('!' | '%')*
    atom    := number | mixed | repeating | (sum) | {sum} | \frac{}{} | \sqrt[]{} | \binom{}{}

No floating point: 0.1 is 1/10 and a percent sign divides by 100. Every integer is bounded before it
is built, so a tower of powers is refused instead of computed.
"""

from __future__ import annotations

import math
from fractions import Fraction

from .cursor import Cursor, is_number
from .tokens import TEXT, Tokens, is_whole

MAX_BITS = 1 << 17
_MAX_DEPTH = 40
MAX_FACTORIAL = 3000
_TIMES = {"*", r"\cdot", r"\times", r"\ast"}
_OVER = {"/", r"\div"}
_CLOSING = {"(": ")", "{": "}"}
SCALES = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "dozen": 12, "\u767e": 100, "\u5343": 1000, "\u4e07": 10**4, "\u4ebf": 10**8,
}  # fmt: skip
"""Words that multiply the number before them: 5 million is 5000000."""
_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_TEENS = "fifteen sixteen seventeen eighteen nineteen twenty"
SPELLED = {word: value for value, word in enumerate(f"{_UNITS} {_TEENS}".split())}
"""Numbers as words."""


class NotRational(Exception):
    """The tokens are not an expression of rational numbers."""


class TooBig(Exception):
    """The value has more digits than any answer needs."""


def rational(tokens: Tokens) -> Fraction:
    """Return the exact value of `tokens`.

    Raises:
        NotRational: letters, roots that stay irrational, division by zero, bad syntax.
        TooBig: numerator or denominator would exceed 131,072 bits.
    """
    parser = _Parser(tokens)
    value = parser.sum(0)
    if parser.peek():
        raise NotRational
    return value


class _Parser(Cursor):
    refusal = NotRational

    def sum(self, depth: int) -> Fraction:
        if depth > _MAX_DEPTH:
            raise NotRational
        value = self.product(depth)
        while self.peek() in {"+", "-"}:
            sign = 1 if self.take() == "+" else -1
            value = _bounded(value + sign * self.product(depth))
        return value

    def product(self, depth: int) -> Fraction:
        value = self.signed(depth)
        divided = False
        while True:
            token = self.peek()
            if token in _TIMES:
                self.take()
                value, divided = _bounded(value * self.signed(depth)), False
            elif token in _OVER:
                self.take()
                value, divided = _bounded(_divide(value, self.signed(depth))), True
            elif token in {"(", r"\frac", r"\sqrt", r"\binom"} or self._begins_factor():
                if divided:  # 6/2(1+2) has two readings
                    raise NotRational
                value = _bounded(value * self.power(depth))
            elif token.startswith(TEXT) and token[1:].lower() in SCALES:
                value = _bounded(value * SCALES[self.take()[1:].lower()])
            else:
                return value

    def _begins_factor(self) -> bool:
        """Whether a number follows what ends a factor: 3!4!, 2^{3}3^{2}; not 2 3 or x 2."""
        return is_number(self.peek()) and self.peek(-1) in {"!", "}"} and self._after_power()

    def _after_power(self) -> bool:
        before = self._tokens[: self._at]
        if before[-1] == "!":
            return True
        depth, at = 1, len(before) - 1
        while depth and at > 0:
            at -= 1
            depth += (before[at] == "}") - (before[at] == "{")
        return at > 0 and before[at - 1] == "^"

    def signed(self, depth: int) -> Fraction:
        sign = 1
        while self.peek() in {"+", "-"}:
            sign = sign if self.take() == "+" else -sign
        return sign * self.power(depth)

    def power(self, depth: int) -> Fraction:
        base = self.postfix(depth)
        if self.peek() != "^":
            return base
        self.take()
        if depth >= _MAX_DEPTH:
            raise NotRational
        # TeX takes one token for a bare exponent; people also write 2^-3 and 2^3^2.
        sign = -1 if self.peek() == "-" and self.take() else 1
        return _power(base, sign * self.power(depth + 1))

    def postfix(self, depth: int) -> Fraction:
        value = self.atom(depth)
        while self.peek() in {"!", "%"}:
            mark = self.take()
            value = value / 100 if mark == "%" else _factorial(value)
            if mark == "!" == self.peek():  # a double factorial
                raise NotRational
        return value

    def atom(self, depth: int) -> Fraction:
        token = self.take()
        if is_number(token):
            return self._number(token)
        if token.startswith(TEXT) and token[1:].lower() in SPELLED:
            return Fraction(SPELLED[token[1:].lower()])
        if token in _CLOSING:
            value = self.sum(depth + 1)
            self.take(_CLOSING[token])
            return value
        if token == r"\frac":
            return _divide(self._argument(depth), self._argument(depth))
        if token == r"\binom":
            return _binomial(self._argument(depth), self._argument(depth))
        if token == r"\sqrt":
            return self._root(depth)
        raise NotRational

    def _argument(self, depth: int) -> Fraction:
        self.take("{")
        value = self.sum(depth + 1)
        self.take("}")
        return value

    def _root(self, depth: int) -> Fraction:
        degree = 2
        if self.peek() == "[":
            self.take()
            digits = self.take()
            degree = int(digits) if is_whole(digits) and len(digits) < 3 else 0
            self.take("]")
        value = self._argument(depth)
        if value < 0 and degree % 2:  # the real root; of a power 1/3 it is not said
            return -_perfect_root(-value, degree)
        return _perfect_root(value, degree)

    def _number(self, literal: str) -> Fraction:
        if self.peek() == r"\overline":
            return self._repeating(literal)
        value = decimal(literal)
        for width in (8, 4):
            window = self._tokens[self._at - 1 : self._at - 1 + width]
            if (mixed := mixed_number(window)) is not None:
                self._at += width - 1
                return mixed
        return value

    def _repeating(self, literal: str) -> Fraction:
        r"""Return 0.1\overline{6} = 1/6: the period over nines, after the fixed decimals."""
        self.take()
        self.take("{")
        period = self.take()
        self.take("}")
        if not is_whole(period) or "e" in literal or "." not in literal:
            raise NotRational
        decimals = len(literal.partition(".")[2])
        return decimal(literal) + Fraction(int(period), (10 ** len(period) - 1) * 10**decimals)


def mixed_number(tokens: Tokens) -> Fraction | None:
    r"""Return a + b/c if `tokens` are exactly `a\frac{b}{c}` or `a b/c`, all whole, 0 < b < c."""
    digits = tuple(filter(is_whole, tokens))
    if len(digits) != 3 or any(len(d) > 1000 for d in digits):
        return None
    a, b, c = digits
    if tokens not in {(a, r"\frac", "{", b, "}", "{", c, "}"), (a, b, "/", c)}:
        return None
    return int(a) + Fraction(int(b), int(c)) if 0 < int(b) < int(c) else None


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise TooBig
    return value


def decimal(literal: str) -> Fraction:
    """Return the exact value of a decimal literal, with or without an exponent.

    Raises:
        TooBig: more than 4,000 digits or an exponent beyond 10,000.
    """
    mantissa, _, exponent = literal.partition("e")
    if len(mantissa) > 4000 or len(exponent) > 6 or abs(int(exponent or 0)) > 10_000:
        raise TooBig
    return Fraction(mantissa) * Fraction(10) ** int(exponent or 0)


def _divide(top: Fraction, bottom: Fraction) -> Fraction:
    if bottom == 0:
        raise NotRational
    return top / bottom


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if base == 0 and exponent <= 0:
        raise NotRational
    if base in (0, 1):
        return base
    if exponent.denominator != 1:
        if exponent.denominator > 64:
            raise NotRational
        base = _perfect_root(base, exponent.denominator)
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base != -1 and bits * abs(exponent.numerator) > MAX_BITS:
        raise TooBig
    if base == -1:
        return Fraction(1 if exponent.numerator % 2 == 0 else -1)
    return base**exponent.numerator


def _perfect_root(value: Fraction, degree: int) -> Fraction:
    """Return the root of a fraction from 0 up, if that is a fraction too."""
    if value < 0 or degree < 2:
        raise NotRational
    return Fraction(*(_integer_root(n, degree) for n in value.as_integer_ratio()))


def _integer_root(n: int, degree: int) -> int:
    root = math.isqrt(n) if degree == 2 else _newton(n, degree)
    if root**degree != n:
        raise NotRational
    return root


def _newton(n: int, degree: int) -> int:
    """Return the floor of the root: integer Newton steps from above until they stop falling."""
    if n.bit_length() > 4096:
        raise NotRational
    x = 1 << -(-n.bit_length() // degree)
    while (y := ((degree - 1) * x + n // x ** (degree - 1)) // degree) < x:
        x = y
    return x


def _factorial(value: Fraction) -> Fraction:
    if value.denominator != 1 or value < 0:
        raise NotRational
    if value > MAX_FACTORIAL:
        raise TooBig
    return Fraction(math.factorial(value.numerator))


def _binomial(n: Fraction, k: Fraction) -> Fraction:
    if n.denominator != 1 or k.denominator != 1 or n < 0 or k < 0:
        raise NotRational
    if n > MAX_FACTORIAL:
        raise TooBig
    return Fraction(math.comb(n.numerator, k.numerator))
