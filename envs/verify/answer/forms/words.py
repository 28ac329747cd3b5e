"""Words, alone or around mathematics: `ellipse`, `(A)`, `all real numbers`."""

from __future__ import annotations

from dataclasses import dataclass

from ..tokens import DEGREE, TEXT, Tokens
from ..values import Inner, Value

_ALL_REALS = {"allrealnumbers", "allreals", "anyrealnumber"}
_SAME = {
    "thereisnosolution": "nosolution", "therearenosolutions": "nosolution",
    "nosolutions": "nosolution", "nosolutionexists": "nosolution",
    "nosolutionsexist": "nosolution", "thereisnone": "none", "therearenone": "none",
}  # fmt: skip
_LINE = ("(", "-", r"\infty", ",", r"\infty", ")")


@dataclass(frozen=True)
class Words(Value):
    """Words; compared by spelling, without case."""

    text: str

    label = "words"

    @classmethod
    def read(cls, tokens: Tokens, inner: Inner) -> Value | None:
        """Return all words as one value; "all real numbers" becomes the interval that it means."""
        if not any(token.startswith(TEXT) and token != DEGREE for token in tokens):
            return None
        as_unit = tokens[0][0].isdigit()  # 5 MW is not 5 mW
        bare = [(token.removeprefix(TEXT), len(token) < 5) for token in tokens]
        text = "".join(word if as_unit and short else word.casefold() for word, short in bare)
        return inner(_LINE) if text in _ALL_REALS else cls(tokens, _SAME.get(text, text))

    def canonical(self) -> str:
        """Return the words without typesetting."""
        return self.text
