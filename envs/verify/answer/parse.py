"""Read tokens into the kind of value they write: one short reader per kind, first match decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .numbers import NotRational, TooBig, rational
from .tokens import TEXT, Tokens
from .units import unit_name
from .values import (
    Assigned,
    Based,
    Expr,
    Huge,
    Listing,
    Matrix,
    Number,
    Quantity,
    Relation,
    Sequence,
    Set,
    SetExpr,
    Value,
    Words,
)

_MAX_DEPTH = 8
_OPEN = {"(", "[", "{", r"\{"}
_CLOSE = {")", "]", "}", r"\}"}
_COMMAS = {",", ";"}
_JOINED = {"or": {TEXT + "or", r"\lor", r"\vee"}, "and": {TEXT + "and", r"\land", r"\wedge"}}
_ALTERNATIVES = {*_COMMAS, *_JOINED["or"], *_JOINED["and"]}
_RELATIONS = {
    "<",
    ">",
    *(f"\\{name}" for name in ("le", "ge", "lt", "gt", "ne", "in", "approx", "sim")),
}
_SETS = {r"\cap", r"\setminus", r"\mathbb", r"\mid", r"\notin", r"\subset", r"\R"}
_BARE_MATRICES = {f"\\begin{{{name}}}" for name in ("matrix", "smallmatrix", "array")}
_MATRICES = {r"\begin{pmatrix}", r"\begin{bmatrix}"} | _BARE_MATRICES
_ALL_REALS = {"allrealnumbers", "allreals", "anyrealnumber"}
_LINE = ("(", "-", r"\infty", ",", r"\infty", ")")
_FUNCTIONS = {r"\sin", r"\cos", r"\tan", r"\cot", r"\sec", r"\csc"}
_BASES = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
          "ten": 10, "eleven": 11, "twelve": 12, "sixteen": 16}  # fmt: skip
_OPERATORS = {*"+-*/^%!=", r"\cdot", r"\times", r"\frac", r"\sqrt", r"\div"}


def parse(tokens: Tokens, depth: int = 0) -> Value:
    """Return the value written by `tokens`; the first reader that recognises it decides."""
    if depth <= _MAX_DEPTH:
        for read in _READERS:
            if (value := read(tokens, depth)) is not None:
                return value
    return Expr(tokens)


# ---- readers: each returns None for what is not its kind


def _group(tokens: Tokens, depth: int) -> Value | None:
    if len(tokens) > 2 and tokens[0] == "{" and _matching(tokens) == len(tokens) - 1:
        return parse(tokens[1:-1], depth + 1)
    return None


def _number(tokens: Tokens, depth: int) -> Value | None:
    try:
        return Number(tokens, rational(tokens))
    except TooBig:
        return Huge(tokens)
    except NotRational:
        return None


def _matrix(tokens: Tokens, depth: int) -> Value | None:
    if tokens[:1] in {("(",), ("[",)} and tokens[1:2] and tokens[1] in _BARE_MATRICES:
        inner = tokens[1:-1] if _matching(tokens) == len(tokens) - 1 else ()
        return _matrix(inner, depth) if inner[:1] == tokens[1:2] else None
    if not tokens or tokens[0] not in _MATRICES or tokens[-1] != tokens[0].replace("begin", "end"):
        return None
    rows = split(tokens[1:-1], {r"\cr"})
    if not rows[-1]:
        rows.pop()
    cells = tuple(tuple(parse(cell, depth + 1) for cell in split(row, {"&"})) for row in rows)
    return Matrix(tokens, cells) if len({len(row) for row in cells}) == 1 else None


def _listing(tokens: Tokens, depth: int) -> Value | None:
    parts = [part for part in split(tokens, _ALTERNATIVES) if part]
    if len(parts) > 1:
        words = [name for name, words in _JOINED.items() if len(split(tokens, words)) == len(parts)]
        return Listing(tokens, _flat(_parsed(parts, depth)), words[0] if words else "")
    if tokens.count(r"\pm") == 1 and tokens[0] != r"\{" and tokens[-1] != r"\pm":
        at = tokens.index(r"\pm")
        signed = ((*tokens[:at], sign, *tokens[at + 1 :]) for sign in "+-")
        return Listing(tokens, _parsed(signed, depth))
    return None


def _equation(tokens: Tokens, depth: int) -> Value | None:
    parts = split(tokens, {"="})
    if len(parts) < 2 or not all(parts):
        return Relation(tokens) if len(parts) > 1 else None
    named = [part for part in parts if _is_name(part)]
    values = [parse(part, depth + 1) for part in parts if not _is_name(part)]
    if not values or len(named) > 1 or not _all_equal_numbers(values):
        return Relation(tokens)
    return Assigned(tokens, named[0], values[-1]) if named else values[-1]


def _relation(tokens: Tokens, depth: int) -> Value | None:
    if len(sides := split(tokens, {r"\in"})) == 2 and _is_name(sides[0]):
        return Assigned(tokens, sides[0], parse(sides[1], depth + 1))
    return Relation(tokens) if len(split(tokens, _RELATIONS)) > 1 else None


def _bracketed(tokens: Tokens, depth: int) -> Value | None:
    if tokens == (r"\emptyset",):
        return Set(tokens, ())
    if not tokens or tokens[0] not in _OPEN or _matching(tokens) != len(tokens) - 1:
        return None
    inner, brackets = tokens[1:-1], tokens[0] + tokens[-1]
    if brackets == r"\{\}":
        if len(split(inner, {":", "|", *_RELATIONS, *_SETS})) > 1:
            return SetExpr(tokens)
        return Set(tokens, _flat(_parsed(split(inner, _COMMAS), depth)) if inner else ())
    parts = split(inner, _COMMAS)
    if not all(parts) or "\\" in brackets:
        return None
    if brackets == "()" and len(parts) == 1:
        return parse(inner, depth + 1)
    return Sequence(tokens, brackets, _parsed(parts, depth))


def _set_expression(tokens: Tokens, depth: int) -> Value | None:
    parts = split(tokens, {r"\cup"})
    if len(parts) > 1:
        return SetExpr(tokens, _parsed(parts, depth))
    return SetExpr(tokens) if _SETS & set(tokens) else None


def _based(tokens: Tokens, depth: int) -> Value | None:
    if "_" not in tokens:
        return None
    at = tokens.index("_")
    if tokens[0] == "(" and _matching(tokens) == at - 1:
        return _based((*tokens[1 : at - 1], *tokens[at:]), depth)
    digits, base = "".join(tokens[:at]), _base("".join(tokens[at + 1 :]).strip("{}"))
    if not base or not digits.isalnum() or not any(map(str.isdigit, digits)):
        return None
    if base == 10:
        return _number(tokens[:at], depth)
    try:
        return Based(tokens, int(digits, base), base)
    except ValueError:  # 2x_3 is no numeral, 102_2 is one gone wrong
        return Based(tokens, None, base) if digits == digits.upper() else None


def _quantity(tokens: Tokens, depth: int) -> Value | None:
    first = next((i for i, token in enumerate(tokens) if token.startswith(TEXT)), None)
    if first is None:
        return None
    if first < 2 and tokens[first] == TEXT + "dollar" and tokens[:first] in {(), ("-",)}:
        amount = tokens[:first] + tokens[first + 1 :]
        return Quantity(tokens, parse(amount, depth + 1), "dollar") if amount else None
    amount, unit = tokens[:first], unit_name(tokens[first:])
    if not unit or not amount or _matching(("{", *amount, "}")) != first + 1:
        return None
    return None if _FUNCTIONS & set(amount) else Quantity(tokens, parse(amount, depth + 1), unit)


def _words(tokens: Tokens, depth: int) -> Value | None:
    if any(token.startswith(TEXT) and token != TEXT + "degree" for token in tokens):
        as_unit = tokens[0][0].isdigit()  # 5 MW is not 5 mW
        text = "".join(
            token.removeprefix(TEXT)
            if as_unit and len(token) < 5
            else token.removeprefix(TEXT).casefold()
            for token in tokens
        )
        return parse(_LINE, depth + 1) if text in _ALL_REALS else Words(tokens, text)
    return None


_READERS: tuple[Callable[[Tokens, int], Value | None], ...] = (
    _number, _group, _matrix, _listing, _equation, _relation, _set_expression, _bracketed, _based,
    _quantity, _words,
)  # fmt: skip


# ---- token helpers


def _parsed(parts: Iterable[Tokens], depth: int) -> tuple[Value, ...]:
    return tuple(parse(part, depth + 1) for part in parts)


def _flat(values: tuple[Value, ...]) -> tuple[Value, ...]:
    r"""Open the lists that a plus-or-minus sign makes: `\pm 1, 2` are three answers."""
    lists = (value.items if isinstance(value, Listing) else (value,) for value in values)
    return tuple(item for items in lists for item in items)


def split(tokens: Tokens, separators: set[str]) -> list[Tokens]:
    """Cut at the separators that stand outside every bracket; `[0,1)` is a bracket too."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += _step(token)
        if depth == 0 and token in separators:
            parts.append([])
        else:
            parts[-1].append(token)
    return [tuple(part) for part in parts] if depth == 0 else [tokens]


def _matching(tokens: Tokens) -> int:
    """Return where the bracket that opens `tokens` closes, or -1."""
    depth = 0
    for i, token in enumerate(tokens):
        depth += _step(token)
        if depth <= 0:
            return i
    return -1


def _step(token: str) -> int:
    opens = token in _OPEN or token.startswith(r"\begin")
    return opens - (token in _CLOSE or token.startswith(r"\end"))


def _is_name(tokens: Tokens) -> bool:
    r"""Whether these tokens name a thing: `x`, `f(x)`, `x_1`, `\text{Area}`; no digit leads."""
    head = tokens[0] if tokens else "0"
    if head == "(":  # (x, y) = (1, 2); not (y, x), which would turn the order round
        names = tokens[1:-1:2]
        in_order = len(names) > 1 and list(names) == sorted(set(names))
        return in_order and tokens == ("(", *",".join(names), ")") and "".join(names).isalpha()
    if head[0].isdigit() or tokens == (r"\pi",) or tokens in {("e",), ("i",)}:
        return False
    return not _OPERATORS & set(tokens) and head not in _OPEN


def _all_equal_numbers(values: list[Value]) -> bool:
    """A chain `6*7 = 42` states 42 only if it is true throughout; one value needs no proof."""
    if len(values) == 1:
        return True
    return all(isinstance(v, Number) for v in values) and len({v.value for v in values}) == 1  # type: ignore[attr-defined]


def _base(name: str) -> int:
    if name.isdigit():
        return int(name) if len(name) < 3 and 2 <= int(name) <= 36 else 0
    return _BASES.get(name.removeprefix(TEXT), 0)
