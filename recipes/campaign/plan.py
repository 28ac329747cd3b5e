"""The plan of a campaign: one YAML file, written before the first run and never changed after."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from .endpoint import Endpoint

STOPPING = "all seeds"
"""The only rule: a verdict comes when every planned seed is in. Looks in between inflate errors."""


@dataclass(frozen=True)
class Contrast:
    """A comparison of two arms: ``arm`` less ``against``."""

    arm: str
    against: str

    def __str__(self) -> str:
        return f"{self.arm} - {self.against}"


@dataclass(frozen=True)
class Evaluation:
    """Validations on held-out problems.

    Attributes:
        every: steps between two; the last step is validated too.
        problems: how many; null for the recipe's own.
        samples: answers to each; null for the recipe's own.
    """

    every: int
    problems: int | None = None
    samples: int | None = None


@dataclass(frozen=True)
class Plan:
    """What is asked and how it is decided.

    Attributes:
        question: in words.
        recipe: name of a recipe, or path of a YAML file.
        arms: name -> Hydra overrides, the differences between the arms and nothing else.
        seeds: one pair each.
        steps: of training.
        evaluation: of held-out problems.
        endpoints: names, the primary first.
        contrast: the primary one, and the only one that is tested at ``alpha``.
        smallest_effect: difference of the primary endpoint that would matter.
        margin: differences within it are "no difference"; at most ``smallest_effect``.
        budget_h: hours that the campaign may take.
        hours_per_run: measured.
        overrides: of every arm.
        noise: an arm that differs from another in nothing but the sampling seeds of training.
        alpha: level of tests and intervals.
        sd: of a seed's difference, from a pilot; null if none is known.
        retries: how often a failed run goes on by itself from its last checkpoint.
        stopping: `STOPPING`.
        reuse: other plans, in the same folder, whose finished runs are taken over where their
            configuration is the same to the letter.
    """

    question: str
    recipe: str
    arms: Mapping[str, tuple[str, ...]]
    seeds: tuple[int, ...]
    steps: int
    evaluation: Evaluation
    endpoints: tuple[str, ...]
    contrast: Contrast
    smallest_effect: float
    margin: float
    budget_h: float
    hours_per_run: float
    overrides: tuple[str, ...] = ()
    noise: Contrast | None = None
    alpha: float = 0.05
    sd: float | None = None
    retries: int = 1
    stopping: str = STOPPING
    reuse: tuple[str, ...] = ()
    file: Path = field(default=Path("plan.yaml"), compare=False)

    @cached_property
    def hash(self) -> str:
        """Twelve digits that change with anything in the file but comments."""
        facts = {name: value for name, value in asdict(self).items() if name != "file"}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def name(self) -> str:
        """The file's."""
        return self.file.stem

    @property
    def folder(self) -> Path:
        """Where results and report go: beside the file, with its name."""
        return self.file.with_suffix("")

    @property
    def validations(self) -> list[int]:
        """Steps of the validations, that before training among them."""
        return [*range(0, self.steps, self.evaluation.every), self.steps]

    @property
    def primary(self) -> Endpoint:
        """The first endpoint."""
        return Endpoint.named(self.endpoints[0])

    @property
    def order(self) -> list[tuple[str, int]]:
        """Arms and seeds in the order of their runs: all arms of a seed, then the next seed.

        So a campaign that is cut short has whole pairs. What the primary contrast compares comes
        first, the arm that validates before training first of all.
        """
        named = dict.fromkeys([self.contrast.against, self.contrast.arm, *self.arms])
        return [(arm, seed) for seed in self.seeds for arm in named if arm in self.arms]

    @property
    def validates_first(self) -> str:
        """The arm whose runs validate before training, for all arms of their seed."""
        return self.contrast.against

    @property
    def hours(self) -> float:
        """Of all runs."""
        return len(self.order) * self.hours_per_run

    @property
    def secondary(self) -> list[Contrast]:
        """The other arms against the one that the primary contrast is against; exploratory."""
        leave_out = {self.contrast.arm, self.contrast.against}
        if self.noise:
            leave_out.add(self.noise.arm)
        return [Contrast(arm, self.contrast.against) for arm in self.arms if arm not in leave_out]
