"""What a user of ``verl-credit`` can get wrong, each said in one sentence (or one list of them)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class RecipeError(Exception):
    """A launch that cannot go ahead; its text is all the user needs to read."""


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
    """A warm start that cannot be made from what it was given."""


class RunError(RecipeError):
    """A run folder that cannot be used as asked."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known names closest to ``name`` as a sentence; all of them where none is close."""
    known = sorted(known)
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    return f"Nearest: {', '.join(close)}." if close else f"There are: {', '.join(known) or 'none'}."
