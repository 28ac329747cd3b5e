"""The inputs of a warm start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from envs.base import NOT_OF_THE_TASK

from ..errors import WarmStartError


@dataclass(frozen=True)
class Recipe:
    """What is trained on what.

    Attributes:
        env_id: a registered environment that gives worked solutions.
        env_kwargs: its arguments; those that do not change its problems are left out.
        steps: optimizer steps; fewer leave a weaker model with more to learn.
        batch_size: problems per step.
        learning_rate: constant after a warm-up of 50 steps.
        seed: of the problems and of the initial weights.
        threads: of torch; an input because it changes the order of sums.

    Raises:
        WarmStartError: a number is out of range.
    """

    env_id: str
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 240
    batch_size: int = 64
    learning_rate: float = 2e-3
    seed: int = 0
    threads: int = 2

    def __post_init__(self) -> None:
        given = self.env_kwargs or {}  # null in YAML
        # Recipes that differ in nothing else have the same problems, and share one model.
        shaping = {key: given[key] for key in given if key not in NOT_OF_THE_TASK}
        object.__setattr__(self, "env_kwargs", shaping)
        for name in ("steps", "batch_size", "threads"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise WarmStartError(f"warm start: {name} must be at least 1; got {value!r}.")
        rate = self.learning_rate
        if not isinstance(rate, int | float) or not rate > 0:
            raise WarmStartError(f"warm start: learning_rate must be above 0; got {rate!r}.")

    def as_dict(self) -> dict[str, Any]:
        """The inputs as plain values."""
        return asdict(self)
