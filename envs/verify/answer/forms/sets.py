r"""Sets: `\{1, 2\}`, `\emptyset`, unions, set builders, what is made of `\mathbb{Z}`."""

from __future__ import annotations

from dataclasses import dataclass

from ..brackets import enclosed, split
from ..tokens import Tokens
from ..values import Comparison, Inner, Ternary, Value
from .listing import COMMAS, Unordered, opened
from .statement import SIGNS

_SYMBOLS = {r"\cap", r"\setminus", r"\mathbb", r"\mid", r"\notin", r"\subset", r"\R"}
_NOT_LISTED = {":", "|", *SIGNS, *_SYMBOLS}


@dataclass(frozen=True)
class Set(Unordered):
    """A list in braces."""

    label = "a set"
    precedence = 1
    counts_once = True

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """Members between commas; braces around a condition are a set in symbols."""
        if tokens == (r"\emptyset",):
            return cls(tokens, ())
        brackets, within = (tokens[:1] == (r"\{",) and enclosed(tokens)) or ("", ())
        if brackets != r"\{\}":
            return None
        if len(split(within, _NOT_LISTED)) > 1:
            return SetExpr(tokens)
        return cls(tokens, opened(map(inner, split(within, COMMAS))) if within else ())

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        r"""A set of one is its member: `\{5\}` is 5, and no point is an interval."""
        one, other = (gold, answer) if isinstance(gold, Set) else (answer, gold)
        if isinstance(one, Set) and len(one.items) == 1 and (other.scalar or other.given_name()):
            pair = (one.items[0], answer) if one is gold else (gold, one.items[0])
            return compare.equal(*pair)
        if isinstance(other, SetExpr):
            return other.same(gold, answer, compare)
        return super().same(gold, answer, compare)


@dataclass(frozen=True)
class SetExpr(Value):
    """A set in symbols, such as a union of `united` parts."""

    united: tuple[Value, ...] = ()

    label = "a set in symbols"
    precedence = 1
    algebraic = True
    writes_set = True

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """A union, or anything with a symbol of sets in it."""
        united = split(tokens, {r"\cup"})
        if len(united) > 1:
            return cls(tokens, tuple(map(inner, united)))
        return cls(tokens) if _SYMBOLS & set(tokens) else None

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """The same united parts, or algebra proves it."""
        united = [v.united for v in (gold, answer) if isinstance(v, SetExpr) and v.united]
        if len(united) == 2 and compare.members(*united, as_sets=True):
            return True
        are_sets = (v.writes_set or isinstance(v, Set) for v in (gold, answer))
        return compare.ask(gold, answer) if all(are_sets) else False
