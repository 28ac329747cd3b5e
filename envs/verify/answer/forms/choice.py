r"""A choice with its text: `\textbf{(B)}\ 12`, `B. 12`, `\text{Option B}`."""

from __future__ import annotations

from dataclasses import dataclass

from ..tokens import TEXT, Tokens
from ..values import Comparison, Inner, Ternary, Value

_LETTERS = set("ABCDEFGHIJ")
_WORDS = {TEXT + word for word in ("option", "choice", "answer", "Option", "Choice", "Answer")}
_STOPS = {".", ":", ")"}


@dataclass(frozen=True)
class Choice(Value):
    """A letter, and what stands behind it; `value` is None for a bare letter."""

    letter: str
    value: Value | None

    label = "a choice"
    precedence = 5
    must_agree = ("letter", "The choice is {given}, and should be {right}.")

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """`(B) 12`, `B) 12`, `B. 12`, `B: 12`, with or without `Option` in front."""
        named = tokens[:1] and tokens[0] in _WORDS
        rest = tuple(t[1:] if t[1:] in _LETTERS else t for t in (tokens[1:] if named else tokens))
        if len(rest) > 2 and rest[0] == "(" and rest[1] in _LETTERS and rest[2] == ")":
            letter, behind = rest[1], rest[3:]
        elif len(rest) > 1 and rest[0] in _LETTERS and rest[1] in _STOPS:
            letter, behind = rest[0], rest[2:]
        elif named and len(rest) == 1 and rest[0] in _LETTERS:
            letter, behind = rest[0], ()
        else:
            return None
        if behind[:1] in {("(",), ("^",), ("_",), ("=",), ("+",), (",",)}:  # (A)(B), B. = 3
            return None
        return cls(tokens, letter, inner(behind) if behind else None)

    def same(self, gold: Value, answer: Value, compare: Comparison) -> Ternary:
        """The letters if both have one, and the texts if both have one."""
        letters = [_letter(side) for side in (gold, answer)]
        texts = [side.value if isinstance(side, Choice) else side for side in (gold, answer)]
        if None in letters:
            return compare.equal(texts[0], texts[1]) if texts[0] and texts[1] else False
        if letters[0] != letters[1]:
            return False
        both = isinstance(gold, Choice) and isinstance(answer, Choice) and all(texts)
        return compare.equal(texts[0], texts[1]) if both and texts[0] and texts[1] else True


def _letter(value: Value) -> str | None:
    if isinstance(value, Choice):
        return value.letter
    return value.tokens[0] if len(value.tokens) == 1 and value.tokens[0] in _LETTERS else None
