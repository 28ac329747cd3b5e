"""How tokens and numbers are written where people read them."""

from __future__ import annotations

import math

EMPTY = "\u25e6"
"""In place of a token without text: the first bytes of a character that a later one completes."""


def shown(text: str) -> str:
    """A token's text without anything that acts on a terminal or on the direction of text.

    A line break is shown as an arrow and breaks the line; of what else cannot be printed, the
    number is shown.
    """
    if not text:
        return EMPTY
    if text.isprintable():
        return text
    return "".join(_character(character) for character in text)


def _character(character: str) -> str:
    if character == "\n":
        return "\u21b5\n"
    if character == "\t":
        return "\u21e5"
    return character if character.isprintable() else f"\\u{ord(character):04x}"


def alone(text: str) -> str:
    """A token where it stands alone: on one line, and not blank."""
    line = shown(text).replace("\n", "")
    return line if line.strip() else line.replace(" ", "\u2423")


def number(value: float | None, digits: int = 4) -> str:
    """Four significant digits; ``?`` for what is not known."""
    if value is None or math.isnan(value):
        return "?"
    if value and (abs(value) < 1e-4 or abs(value) >= 1e6):
        return f"{value:.{digits - 1}g}"
    return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.0f}"


def signed(value: float | None) -> str:
    """``number`` with its sign."""
    text = number(value)
    return text if value is None or value <= 0 or text == "?" else f"+{text}"
