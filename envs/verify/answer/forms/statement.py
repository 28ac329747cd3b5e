r"""Statements: named values (`x = 5`), equations, inequalities, membership."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ..brackets import split
from ..nouns import changes_meaning
from ..tokens import CAPITAL_GREEK, SMALL_GREEK, TEXT, Tokens, is_whole
from ..values import Comparison, Inner, Ternary, Value, all_of
from .expression import Expr
from .number import Number

ROUNDED = {r"\approx", r"\simeq", r"\doteq"}
SIGNS = {"<", ">", *(f"\\{name}" for name in ["le", "ge", "lt", "gt", "ne", "in", "approx", "sim"])}
# What a name may begin with beside a letter or a word, and what else may stand in it.
_GREEK = f"{SMALL_GREEK} {CAPITAL_GREEK} pi ell hbar"
_MARKS = (
    "angle triangle overline vec hat tilde dot odot widehat overrightarrow nabla Pr det deg max"
    " min gcd lcm sin cos tan cot sec csc log ln arcsin arccos arctan"
)
_SYMBOLS = {f"\\{name}" for name in _GREEK.split()}
_HEADS = {"|", *(f"\\{name}" for name in f"{_GREEK} {_MARKS}".split())}
_WITHIN = {*"_{}()[]',.", r"\cap", r"\cup", r"\mid", r"\circ", r"\infty", r"\to"}


@dataclass(frozen=True)
class Relation(Value):
    """An equation, inequality or membership that is no plain assignment."""

    label = "an equation or inequality"
    precedence = 2
    algebraic = True
    writes_set = True

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        r"""An inequality; `x \in \{1, 2\}` gives a value to a name."""
        if len(sides := split(tokens, {r"\in"})) == 2 and _is_name(sides[0]):
            return Assigned(tokens, sides[0], inner(sides[1]))
        rounded = split(tokens, ROUNDED)
        if len(rounded) == 2 and not _is_name(rounded[0]) and len(rounded[1]) == 1:
            exact, about = map(inner, rounded)
            if exact.scalar and _rounds_to(exact, about):
                return exact
        return cls(tokens) if len(split(tokens, SIGNS)) > 1 else None

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        r"""`\sqrt8 = 2\sqrt2` states that number if every part of it is equal to it."""
        if not gold.scalar:
            return super().same(gold, answer, compare)
        parts = split(answer.tokens, {"="})
        equal = (compare.equal(gold, compare.parse(part)) for part in parts)
        return all_of(equal) if len(parts) > 1 else False


@dataclass(frozen=True)
class Assigned(Value):
    """`name = value`."""

    name: Tokens
    value: Value

    label = "a named value"
    precedence = 4
    must_agree = ("name", "The value is given to {given}, and should be to {right}.")

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """What equals signs say: a named value, a bare value without a name, or a relation."""
        sides = split(tokens, {"="})
        if len(sides) < 2 or not all(sides):
            return Relation(tokens) if len(sides) > 1 else None
        if len(sides) == 2 and all(map(_is_name, sides)):  # y = x
            return cls(tokens, sides[0], inner(sides[1]))
        named = [side for side in sides if _is_name(side)]
        values = [inner(side) for side in sides if not _is_name(side)]
        if not values or len(named) > 1 or not _all_equal_numbers(values):
            return Relation(tokens)
        return cls(tokens, named[0], values[-1]) if named else values[-1]

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """`x = 5` states 5; another name is another statement, unless both are whole equations."""
        if isinstance(gold, Assigned) and isinstance(answer, Assigned):
            if gold.name == answer.name:
                return compare.equal(gold.value, answer.value)
            if (renamed := _renamed(gold, answer)) is not None:
                return compare.equal(gold.value, compare.parse(renamed))
            curves = isinstance(gold.value, Expr) and isinstance(answer.value, Expr)
            return compare.ask(gold, answer) if curves else False
        if isinstance(gold, Relation) or isinstance(answer, Relation):
            return compare.ask(gold, answer)
        for one, other in ((gold, answer), (answer, gold)):
            # (x, y) = (5, 6) against x = 5, y = 6
            if isinstance(one, Assigned) and one.name[0] == "(" and other.by_letter():
                letters = tuple(other.by_letter())
                return letters == one.name[1:-1:2] and compare.equal(
                    *(v.value if isinstance(v, Assigned) else v for v in (gold, answer))
                )
        gold = gold.value if isinstance(gold, Assigned) else gold
        return compare.equal(gold, answer.value if isinstance(answer, Assigned) else answer)

    def given_name(self) -> Tokens:
        """Return the name."""
        return self.name

    def given_value(self) -> Value:
        """Return what the name is given."""
        return self.value

    def canonical(self) -> str:
        """Return the short text of the value; `x = 5` and `5` are trivially the same."""
        return self.value.canonical()


def _renamed(gold: Assigned, answer: Assigned) -> Tokens | None:
    """The value of `f(t) = t^2` with the variable of `f(x)`; None if that is not what differs."""
    match gold.name, answer.name:
        case (f, "(", x, ")"), (g, "(", t, ")") if f == g and _is_letter(x) and _is_letter(t):
            written = answer.value.tokens
            return None if x in written else tuple(x if one == t else one for one in written)
    return None


def _is_name(tokens: Tokens) -> bool:
    r"""Whether these tokens name a thing: `x`, `f(x)`, `x_1`, `\text{Area}`, `\angle ABC`.

    Only what is on the lists below; so `x \ge y`, `\text{not } x` and `\nexists x` are no names.
    """
    head = tokens[0] if tokens else "0"
    if head == "(":  # (x, y) = (1, 2); not (y, x), which would turn the order round
        names = tokens[1:-1:2]
        in_order = len(names) > 1 and list(names) == sorted(set(names))
        return in_order and tokens == ("(", *",".join(names), ")") and "".join(names).isalpha()
    if not (head in _HEADS or _is_letter(head) or head.startswith(TEXT)):
        return False
    if tokens in {(r"\pi",), ("e",), ("i",)}:
        return False
    return all(map(_in_name, tokens)) and _only_inside(tokens)


def _is_letter(token: str) -> bool:
    return len(token) == 1 and token.isalpha()


def _in_name(token: str) -> bool:
    if token.startswith(TEXT):
        return not changes_meaning(token[1:])
    return _is_letter(token) or is_whole(token) or token in _HEADS or token in _WITHIN


def _only_inside(tokens: Tokens) -> bool:
    """Whether digits, commas and products stand only within brackets or as an index."""
    depth = 0
    for before, token in pairwise(("", *tokens)):
        depth += (token in {"(", "[", "{"}) - (token in {")", "]", "}"})
        if depth == 0 and (is_whole(token) or token == ",") and before != "_":
            return False
        product = _is_symbol(before) and _is_symbol(token)
        if depth == 0 and product and not (before.isupper() and token.isupper()):  # xy, but AB
            return False
    return depth == 0


def _is_symbol(token: str) -> bool:
    return _is_letter(token) or token in _SYMBOLS


def _rounds_to(exact: Value, about: Value) -> bool:
    r"""Whether the second is a decimal near the first, as `\frac13 \approx 0.333` states."""
    if not isinstance(about, Number):
        return False
    decimals = len(about.tokens[0].partition(".")[2])
    off = abs(exact.value - about.value) if isinstance(exact, Number) else Fraction(0)
    return off <= Fraction(1, 10**decimals)


def _all_equal_numbers(values: list[Value]) -> bool:
    """A chain `6*7 = 42` states 42 only if it is true throughout; one value needs no proof."""
    if len(values) == 1:
        return True
    numbers = {value.value for value in values if isinstance(value, Number)}
    return len(numbers) == 1 and all(isinstance(value, Number) for value in values)
