"""The inputs of a warm start."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """What is trained on what; see `ensure` for the meaning of each number.

    Raises:
        ValueError: a number is out of range.
    """

    env_id: str
    env_kwargs: dict[str, Any]
    steps: int
    batch_size: int
    learning_rate: float
    seed: int
    threads: int

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"warm start: {name} must be at least 1; got {getattr(self, name)}."
                )
        if not self.learning_rate > 0:
            raise ValueError(
                f"warm start: learning_rate must be above 0; got {self.learning_rate}."
            )

    def as_dict(self) -> dict[str, Any]:
        """The inputs as plain values."""
        return asdict(self)
