"""Going through tokens from the left, for the parsers of exact numbers and of algebra."""

from __future__ import annotations

from typing import ClassVar

from .tokens import Tokens


class Cursor:
    """Looks at the next token, and takes it or refuses.

    A subclass sets `refusal`, the error that says there is no reading.
    """

    refusal: ClassVar[type[Exception]]

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self, ahead: int = 0) -> str:
        """Return the next token, or one further on; "" beyond the end."""
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else ""

    def take(self, *expected: str) -> str:
        """Return the next token and go past it; it must be one of `expected`, if any are given."""
        token = self.peek()
        if not token or (expected and token not in expected):
            raise self.refusal
        self._at += 1
        return token


def is_number(token: str) -> bool:
    """Return whether a token is a number literal: digits, perhaps with a point in front."""
    return "0" <= token[:1] <= "9" or (token[:1] == "." and len(token) > 1)
