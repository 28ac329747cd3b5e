r"""Read the tokens of a scalar expression into sympy; imported in the limited worker only.

    sum     := ['-'|'+'] product (('+'|'-') product)*
    product := factor (['*'|'\cdot'|'\times'|'/'|'\div'] factor)*
    factor  := power | function
    power   := postfix ['^' exponent]
    postfix := atom ('!' | '%' | degree)*

It reads what has one reading and refuses the rest: `1/2x`, `x^2^3`, `\cos 2 \cdot x`, numbers side
by side. Decimals are exact. Symbols are real, but for `z` and `w`; `i` and `e` are the constants.
Nothing here turns text into code: every branch is a token of the closed list in `render.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import sympy

from ..answer.cursor import Cursor, is_number
from ..answer.numbers import decimal, mixed_number
from ..answer.tokens import DEGREE, Tokens
from ..compare.render import ACCENTS, GREEK, LETTERS
from .bounded import Unreadable, binomial, factorial, quotient, raised
from .names import APPLIED, COMPLEX, CONSTANTS, DIFFERENTIALS, FUNCTIONS, INVERSE, OF_SEVERAL

_MAX_DEPTH = 60
_TIMES = {"*", r"\cdot", r"\times", r"\ast"}
_OVER = {"/", r"\div"}
_CLOSING = {"(": ")", "[": "]", "{": "}", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil", "|": "|"}
_BRACKETS = {r"\lfloor": sympy.floor, r"\lceil": sympy.ceiling, "|": sympy.Abs}


@functools.lru_cache(maxsize=1024)
def expression(tokens: Tokens) -> sympy.Expr:
    """Return the expression written by `tokens`, cached: one gold meets many answers.

    Raises:
        Unreadable: unknown tokens, bad syntax, more than one reading, or too large.
    """
    reader = _Reader(tokens)
    value = reader.sum()
    if reader.peek() or value.has(sympy.nan, sympy.zoo):
        raise Unreadable
    return value


def symbol(name: str) -> sympy.Symbol:
    """Return the variable `name`: real, but for the letters that usually are complex numbers."""
    return sympy.Symbol(name) if name[:1] in COMPLEX else sympy.Symbol(name, real=True)


class _Reader(Cursor):
    refusal = Unreadable

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self._depth = 0
        self._bars = 0

    def sum(self) -> sympy.Expr:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise Unreadable
        value = self._signed(self._product)
        while self.peek() in {"+", "-"}:
            value += self._signed(self._product)
        self._depth -= 1
        return value

    def _signed(self, read: Callable[[], sympy.Expr]) -> sympy.Expr:
        sign = 1
        while self.peek() in {"+", "-"}:
            sign = sign if self.take() == "+" else -sign
        return sign * read()

    def _product(self) -> sympy.Expr:
        value = self._factor()
        divided = False
        while True:
            if self.peek() in _TIMES:
                self.take()
                value, divided = value * self._signed(self._factor), False
            elif self.peek() in _OVER:
                self.take()
                value, divided = quotient(value, self._signed(self._factor)), True
            elif self._starts_factor():
                if divided or self._runs_together():  # 1/2x; x 2
                    raise Unreadable
                value *= self._factor()
            else:
                return value

    def _runs_together(self) -> bool:
        """Whether a number follows that may belong to what stands before: x 2, but n2^{n-1}."""
        if not is_number(self.peek()) or self.peek(-1) in {")", "!"}:
            return False
        return self.peek(1) not in {"^", "!"} or is_number(self.peek(-1))

    def _starts_factor(self) -> bool:
        token = self.peek()
        if token == "|":
            return not self._bars
        return is_number(token) or _is_name(token) or token in _STARTS

    def _factor(self) -> sympy.Expr:
        return self._function() if self.peek() in FUNCTIONS else self._power()

    def _power(self) -> sympy.Expr:
        base = self._postfix()
        if self.peek() != "^":
            return base
        value = raised(base, self._exponent())
        if self.peek() in {"^", "!", "'", DEGREE}:
            raise Unreadable
        return value

    def _exponent(self) -> sympy.Expr:
        self.take("^")
        return self._signed(self._atom)

    def _postfix(self) -> sympy.Expr:
        value = self._atom()
        while self.peek() in {"!", "%", DEGREE}:
            mark = self.take()
            value = factorial(value) if mark == "!" else value / _PARTS[mark]
            if mark == "!" == self.peek():
                raise Unreadable
        return value

    def _atom(self) -> sympy.Expr:
        token = self.take()
        if token in _CLOSING:
            return self._bracket(token)
        if is_number(token):
            return self._number(token)
        if token in CONSTANTS and self.peek() != "_":
            return CONSTANTS[token]
        if _is_name(token):
            return self._named(token)
        if token in _COMMANDS:
            return _COMMANDS[token](self)
        if token in ACCENTS:  # \\dot{x} is a letter of its own
            inside = self._group()
            if len(inside) == 1 and _is_name(inside[0]):
                return self._named(token + inside[0])
        raise Unreadable

    def _bracket(self, opening: str) -> sympy.Expr:
        outer, self._bars = self._bars, int(opening == "|")
        value = self.sum()
        self.take(_CLOSING[opening])
        self._bars = outer
        return _BRACKETS[opening](value) if opening in _BRACKETS else value

    def _number(self, literal: str) -> sympy.Expr:
        for width in (8, 4):
            window = self._tokens[self._at - 1 : self._at - 1 + width]
            if (mixed := mixed_number(window)) is not None:
                self._at += width - 1
                return sympy.Rational(mixed.numerator, mixed.denominator)
        value = decimal(literal)
        return sympy.Rational(value.numerator, value.denominator)

    def _named(self, letter: str) -> sympy.Expr:
        name = letter
        while self.peek() == "'":
            name += self.take()
        if letter == "d" and self.peek() in DIFFERENTIALS:  # dx is no product
            return symbol("d" + self.take())
        if self.peek() == "_":
            self.take()
            name += "_" + "".join(self._group())
        at_number = is_number(self.peek(1)) and self.peek(2) == ")"  # I(0) is not I times 0
        if self.peek() == "(" and (letter in APPLIED or at_number):
            return sympy.Function(name)(*self._arguments())
        return symbol(name)

    def _group(self) -> Tokens:
        """Return the tokens between the braces that open here."""
        self.take("{")
        start = self._at
        while self.take() != "}":
            if self.peek() == "{":
                raise Unreadable
        return self._tokens[start : self._at - 1]

    def _arguments(self) -> list[sympy.Expr]:
        self.take("(")
        arguments = [self.sum()]
        while self.peek() == ",":
            self.take()
            arguments.append(self.sum())
        self.take(")")
        return arguments

    def _braced(self) -> sympy.Expr:
        return self._bracket(self.take("{"))

    # ---- commands

    def _fraction(self) -> sympy.Expr:
        return quotient(self._braced(), self._braced())

    def _binomial(self) -> sympy.Expr:
        return binomial(self._braced(), self._braced())

    def _root(self) -> sympy.Expr:
        degree = sympy.Integer(2)
        if self.peek() == "[":
            degree = self._bracket(self.take())
        value = self._braced()
        if degree.is_Integer and degree % 2 and value.is_number and value.is_negative:
            return -raised(-value, 1 / degree)
        return raised(value, 1 / degree)

    def _several(self, name: str) -> sympy.Expr:
        return OF_SEVERAL[name](*self._arguments())

    def _function(self) -> sympy.Expr:
        r"""Read `\sin^2 x`, `\log_2 8`, `\tan^{-1}(x)`, `\ln 2x`."""
        name = self.take()
        base = power = None
        while self.peek() in {"_", "^"}:
            if self.peek() == "^" and power is None:
                power = self._exponent()
            elif name == r"\log" and base is None:
                self.take("_")
                base = self._braced()
            else:
                raise Unreadable
        function = FUNCTIONS[name]
        if power == -1:
            function, power = INVERSE.get(name), None
        if function is None:
            raise Unreadable
        value = function(self._argument())
        if name == r"\log":
            value = quotient(value, sympy.log(10 if base is None else base))
        if self.peek() == "^":  # \sin(x)^2
            power = self._exponent() if power is None else self.take("no second power")
        return value if power is None else raised(value, power)

    def _argument(self) -> sympy.Expr:
        r"""Return `(...)`, another function, or what stands up to the next operator.

        After an argument without parentheses, `(`, `/` or a product may belong to it or not.
        """
        if self.peek() == "(":
            return self._bracket(self.take())
        if self.peek() == "{" and self.peek(1) == "(":  # \ln{(x)}^2, as sympy prints it
            self.take()
            value = self._bracket(self.take())
            self.take("}")
            return value
        if self.peek() in FUNCTIONS:
            return self._function()
        value = self._power()
        while self._starts_factor() and self.peek() not in FUNCTIONS:
            plain = self.peek() in {r"\pi", r"\frac", r"\sqrt"} or _is_name(self.peek())
            if self.peek() in {"i", "e"} or not plain:
                raise Unreadable
            if value.free_symbols and self.peek(1) == "^":  # \cos x y^2
                raise Unreadable
            value *= self._power()
        follows = self.peek(1) in FUNCTIONS
        if (self.peek() in _OVER or (self.peek() in _TIMES and value.is_number)) and not follows:
            raise Unreadable
        return value


_COMMANDS: dict[str, Callable[[_Reader], sympy.Expr]] = {
    r"\frac": _Reader._fraction,
    r"\binom": _Reader._binomial,
    r"\sqrt": _Reader._root,
    **{name: functools.partial(_Reader._several, name=name) for name in OF_SEVERAL},
}
_STARTS = {*ACCENTS, *_COMMANDS, *FUNCTIONS, *_CLOSING, *CONSTANTS}
_PARTS = {"%": 100, DEGREE: 180 / sympy.pi}


def _is_name(token: str) -> bool:
    return (
        token in GREEK
        or token in LETTERS
        or (len(token) == 1 and token.isascii() and token.isalpha())
    )
