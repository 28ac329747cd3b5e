"""The inputs of a warm start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from envs.base import NOT_OF_THE_TASK

from .. import pretrained
from ..errors import WarmStartError


@dataclass(frozen=True)
class Recipe:
    """What is trained on what.

    Attributes:
        env_id: a registered environment that gives worked solutions.
        env_kwargs: its arguments; those that do not change its problems are left out.
        steps: optimizer steps; fewer leave a weaker model with more to learn.
        batch_size: problems per step.
        learning_rate: null for 2e-3, or for 1e-4 where `model` is named. From nothing it is
            constant after 50 steps; of a pretrained model it falls to 0 after a twentieth of them.
        seed: of the problems and of the initial weights.
        threads: of torch; an input because it changes the order of sums.
        model: the pretrained model to go on from: `smollm2-135m-instruct`, a folder, or a name on
            the Hugging Face hub; null for a small one with random weights.
        max_tokens: longer problems, counted with prompt and solution, are left out; null keeps all.

    Raises:
        WarmStartError: a number is out of range.
    """

    env_id: str
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 240
    batch_size: int = 64
    learning_rate: float | None = None
    seed: int = 0
    threads: int = 2
    model: str | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        given = self.env_kwargs or {}  # null in YAML
        # Recipes that differ in nothing else have the same problems, and share one model.
        shaping = {key: given[key] for key in given if key not in NOT_OF_THE_TASK}
        object.__setattr__(self, "env_kwargs", shaping)
        for name in ("steps", "batch_size", "threads", "max_tokens"):
            value = getattr(self, name)
            if name == "max_tokens" and value is None:
                continue
            if not isinstance(value, int) or value < 1:
                raise WarmStartError(f"warm start: {name} must be at least 1; got {value!r}.")
        if not isinstance(self.rate, int | float) or not self.rate > 0:
            raise WarmStartError(f"warm start: learning_rate must be above 0; got {self.rate!r}.")
        if self.model and (reason := pretrained.problem(self.model)):
            raise WarmStartError(f"warm start: {reason}")

    @property
    def rate(self) -> float:
        """The learning rate that is used."""
        if self.learning_rate is None:
            return 1e-4 if self.model else 2e-3
        return self.learning_rate

    def as_dict(self) -> dict[str, Any]:
        """The inputs as plain values."""
        return {**asdict(self), "learning_rate": self.rate}
