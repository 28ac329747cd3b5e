"""The space of model text.

`gymnasium.spaces.Text` wants an alphabet and a maximum length and walks over every character; the
text of a language model has neither bound. `UnboundedText` contains every `str`.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

_LETTERS = np.array(list("0123456789 +-=.abcxyz\\{}"))


class UnboundedText(gymnasium.Space[str]):
    """Every Python string: any length, any characters.

    `sample` draws up to 32 characters that look like mathematics. It is for checkers; no model
    writes so.
    """

    def __init__(self, seed: int | np.random.Generator | None = None) -> None:
        super().__init__(shape=None, dtype=None, seed=seed)

    @property
    def is_np_flattenable(self) -> bool:
        """Text has no fixed-size array form."""
        return False

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """Return a random short string; masks mean nothing here and are ignored."""
        return "".join(self.np_random.choice(_LETTERS, size=self.np_random.integers(1, 33)))

    def contains(self, x: Any) -> bool:
        """Return whether `x` is a string."""
        return isinstance(x, str)

    def __eq__(self, other: object) -> bool:
        """All spaces of unbounded text are the same space."""
        return isinstance(other, UnboundedText)

    def __hash__(self) -> int:
        """Agree with `__eq__`."""
        return hash(UnboundedText)

    def __repr__(self) -> str:
        """Name the space."""
        return "UnboundedText()"
