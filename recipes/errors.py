"""Errors that a user of ``verl-credit`` can cause; the text of each is all they need to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class RecipeError(Exception):
    """Base class; a command prints its text and exits with status 2."""


class UnknownRecipeError(RecipeError, LookupError):
    """No recipe has this name."""


class PreflightError(RecipeError, ValueError):
    """Everything wrong with a configuration, found before any process starts.

    Attributes:
        problems: one sentence each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(list(problems))
        self.problems = list(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


class WarmStartError(RecipeError, ValueError):
    """The inputs of a warm start are wrong, or the environment gives no worked solutions."""


class PretrainedError(RecipeError):
    """A pretrained model cannot be downloaded, converted or found."""


class RunError(RecipeError):
    """A run folder cannot be used in the way that was asked for."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence with the known names closest to ``name``, or with all of them if none is close."""
    known = sorted(known)
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    return f"Nearest: {', '.join(close)}." if close else f"There are: {', '.join(known) or 'none'}."
