r"""Several answers without brackets: `1, 2`, `x=1 \text{ or } x=2`, `\pm 3`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..brackets import split
from ..tokens import TEXT, Tokens
from ..values import Comparison, Inner, Ternary, Value
from .statement import Relation

COMMAS = {",", ";"}
_JOINED = {"or": {TEXT + "or", r"\lor", r"\vee"}, "and": {TEXT + "and", r"\land", r"\wedge"}}
_ALTERNATIVES = {*COMMAS, *_JOINED["or"], *_JOINED["and"]}


@dataclass(frozen=True)
class Unordered(Value):
    """What `Listing` and `Set` share: members whose order does not matter."""

    items: tuple[Value, ...]

    counts_once = False  # equal members of a set are one

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """The same members; a list that names several things is compared in order."""
        if not (isinstance(gold, Unordered) and isinstance(answer, Unordered)):
            return super().same(gold, answer, compare)
        as_sets = gold.counts_once and answer.counts_once
        return compare.members(gold.items, answer.items, as_sets=as_sets)


@dataclass(frozen=True)
class Listing(Unordered):
    """Several answers; `joined` is "or" or "and" where all are joined by that word."""

    joined: str = ""

    label = "a list of answers"

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """Parts between commas or words, or the two signs of a plus-or-minus."""
        if tokens[:1] == (r"\begin{cases}",) and tokens[-1] == r"\end{cases}":
            if "&" in tokens:  # a function by cases
                return None
            rows = [part for part in split(tokens[1:-1], {r"\cr", *COMMAS}) if part]
            return cls(tokens, tuple(map(inner, rows)), "and")
        parts = [part for part in split(tokens, _ALTERNATIVES) if part]
        if len(parts) > 1:
            joined = [
                name for name, words in _JOINED.items() if len(split(tokens, words)) == len(parts)
            ]
            return cls(tokens, opened(map(inner, parts)), joined[0] if joined else "")
        if tokens.count(r"\pm") == 1 and tokens[0] != r"\{" and tokens[-1] != r"\pm":
            at = tokens.index(r"\pm")
            signed = ((*tokens[:at], sign, *tokens[at + 1 :]) for sign in "+-")
            return cls(tokens, tuple(map(inner, signed)))
        return None

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """Of inequalities, `x<1 or x>5` is not `x<1 and x>5`; of numbers, both say the same."""
        joined = {side.joined for side in (gold, answer) if isinstance(side, Listing)}
        if joined == {"and", "or"} and gold.writes_set:
            return False
        return super().same(gold, answer, compare)

    def by_letter(self) -> dict[str, Value]:
        """One letter for each member, all different."""
        found = {item.given_name()[0]: item.given_value() for item in self.items if _lettered(item)}
        return dict(sorted(found.items())) if len(found) == len(self.items) else {}

    @property
    def writes_set(self) -> bool:
        """Inequalities joined by a word."""
        return all(isinstance(item, Relation) for item in self.items)


def _lettered(item: Value) -> bool:
    name = item.given_name()
    return len(name) == 1 and len(name[0]) == 1 and name[0].isalpha()


def opened(values: Iterable[Value]) -> tuple[Value, ...]:
    r"""Open the lists that a plus-or-minus sign makes: `\pm 1, 2` are three answers."""
    lists = (value.items if isinstance(value, Listing) else (value,) for value in values)
    return tuple(item for items in lists for item in items)
